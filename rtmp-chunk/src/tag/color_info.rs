use bytes::{BufMut, Bytes, BytesMut};

use crate::{
    ParseError,
    amf::{
        Limits,
        amf0::{Object, Value},
    },
};

const NAME: &str = "colorInfo";
/// Color info has some 20 numbers; what comes with it by other names is passed over.
const LIMITS: Limits = Limits::DEFAULT
    .with_max_depth(8)
    .with_max_nodes(512)
    .with_max_bytes(16_384);

/// How the samples of a video track map to light: the `colorInfo` of Enhanced RTMP, in a packet of type
/// [`METADATA`](super::VideoPacketType::METADATA). What the sender does not say is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct ColorInfo {
    /// Bits per sample: 8, 10 or 12.
    pub bit_depth: Option<f64>,
    /// `ColourPrimaries` of ITU-T H.273; 9 is BT.2020.
    pub color_primaries: Option<f64>,
    /// `TransferCharacteristics` of ITU-T H.273; 16 is PQ, 18 is HLG.
    pub transfer_characteristics: Option<f64>,
    /// `MatrixCoefficients` of ITU-T H.273.
    pub matrix_coefficients: Option<f64>,
    /// Content light levels.
    pub content_light_level: Option<ContentLightLevel>,
    /// The display that the picture was mastered on.
    pub mastering_display: Option<MasteringDisplay>,
}

/// `hdrCll`, in candela per square meter.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct ContentLightLevel {
    /// The brightest frame on average.
    pub max_fall: Option<f64>,
    /// The brightest sample.
    pub max_cll: Option<f64>,
}

/// `hdrMdcv`: chromaticities as x and y of CIE 1931, luminance in candela per square meter.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct MasteringDisplay {
    /// The red primary.
    pub red: Option<(f64, f64)>,
    /// The green primary.
    pub green: Option<(f64, f64)>,
    /// The blue primary.
    pub blue: Option<(f64, f64)>,
    /// White.
    pub white_point: Option<(f64, f64)>,
    /// The brightest.
    pub max_luminance: Option<f64>,
    /// The darkest.
    pub min_luminance: Option<f64>,
}

impl ColorInfo {
    /// With the code points of ITU-T H.273.
    #[must_use]
    pub fn new(bit_depth: u8, primaries: u8, transfer: u8, matrix: u8) -> Self {
        Self {
            bit_depth: Some(bit_depth.into()),
            color_primaries: Some(primaries.into()),
            transfer_characteristics: Some(transfer.into()),
            matrix_coefficients: Some(matrix.into()),
            ..Self::default()
        }
    }

    /// From the data of a metadata packet: AMF0 names and values. `None` when there is no `colorInfo`
    /// among them; an empty one means that the color is the default again.
    ///
    /// # Errors
    /// [`ParseError`] when the data are no AMF0, or more than any color info takes.
    pub fn parse(data: &[u8]) -> Result<Option<Self>, ParseError> {
        let values = Value::parse_all(data, &LIMITS)?;
        let at = values.iter().position(|value| value.as_str() == Some(NAME));
        let Some(value) = at.and_then(|at| values.get(at.saturating_add(1))) else {
            return Ok(None);
        };
        Ok(Some(
            value.as_object().map(Self::from_object).unwrap_or_default(),
        ))
    }

    /// From the object that follows the name.
    #[must_use]
    pub fn from_object(object: &Object) -> Self {
        let part = |name| object.get(name).and_then(Value::as_object);
        let config = part("colorConfig");
        Self {
            bit_depth: number(config, "bitDepth"),
            color_primaries: number(config, "colorPrimaries"),
            transfer_characteristics: number(config, "transferCharacteristics"),
            matrix_coefficients: number(config, "matrixCoefficients"),
            content_light_level: part("hdrCll").map(|object| ContentLightLevel {
                max_fall: number(Some(object), "maxFall"),
                max_cll: number(Some(object), "maxCLL"),
            }),
            mastering_display: part("hdrMdcv").map(MasteringDisplay::from_object),
        }
    }

    /// The object that follows the name.
    #[must_use]
    pub fn to_object(&self) -> Object {
        let mut config = Object::new();
        put(&mut config, "bitDepth", self.bit_depth);
        put(&mut config, "colorPrimaries", self.color_primaries);
        put(
            &mut config,
            "transferCharacteristics",
            self.transfer_characteristics,
        );
        put(&mut config, "matrixCoefficients", self.matrix_coefficients);
        let mut object = Object::new();
        if !config.is_empty() {
            object.insert("colorConfig", config);
        }
        if let Some(light) = self.content_light_level {
            let mut levels = Object::new();
            put(&mut levels, "maxFall", light.max_fall);
            put(&mut levels, "maxCLL", light.max_cll);
            object.insert("hdrCll", levels);
        }
        if let Some(display) = self.mastering_display {
            object.insert("hdrMdcv", display.to_object());
        }
        object
    }

    /// The data of a metadata packet.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut out = BytesMut::new();
        self.encode(&mut out);
        out.freeze()
    }

    /// Writes the data of a metadata packet.
    pub fn encode(&self, out: &mut impl BufMut) {
        Value::from(NAME).encode(out);
        Value::from(self.to_object()).encode(out);
    }
}

impl MasteringDisplay {
    fn from_object(object: &Object) -> Self {
        let object = Some(object);
        let point = |x, y| number(object, x).zip(number(object, y));
        Self {
            red: point("redX", "redY"),
            green: point("greenX", "greenY"),
            blue: point("blueX", "blueY"),
            white_point: point("whitePointX", "whitePointY"),
            max_luminance: number(object, "maxLuminance"),
            min_luminance: number(object, "minLuminance"),
        }
    }

    fn to_object(self) -> Object {
        let mut object = Object::new();
        for (names, point) in [
            (("redX", "redY"), self.red),
            (("greenX", "greenY"), self.green),
            (("blueX", "blueY"), self.blue),
            (("whitePointX", "whitePointY"), self.white_point),
        ] {
            put(&mut object, names.0, point.map(|point| point.0));
            put(&mut object, names.1, point.map(|point| point.1));
        }
        put(&mut object, "maxLuminance", self.max_luminance);
        put(&mut object, "minLuminance", self.min_luminance);
        object
    }
}

fn number(object: Option<&Object>, name: &str) -> Option<f64> {
    object?.get(name)?.as_f64()
}

fn put(object: &mut Object, name: &'static str, value: Option<f64>) {
    if let Some(value) = value {
        object.insert(name, value);
    }
}
