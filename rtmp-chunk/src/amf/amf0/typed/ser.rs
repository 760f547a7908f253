use alloc::{format, vec::Vec};

use serde::{Serialize, ser};

use crate::amf::{
    SerdeError,
    amf0::{encode::Writer, marker},
    sink::Sink,
};

/// Writes one value, or, for a message, the items of one sequence.
pub(super) struct Serializer<'o> {
    out: &'o mut Vec<u8>,
    is_message: bool,
}

impl<'o> Serializer<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self {
            out,
            is_message: false,
        }
    }

    pub(super) fn message(out: &'o mut Vec<u8>) -> Self {
        Self {
            out,
            is_message: true,
        }
    }

    fn write(&mut self, write: impl FnOnce(&mut Writer<'_, &mut Vec<u8>>)) {
        write(&mut Writer::new(&mut *self.out, &mut None));
    }

    fn array(self) -> Compound<'o> {
        let count_at = (!self.is_message).then(|| {
            self.out.push(marker::STRICT_ARRAY);
            let at = self.out.len();
            self.out.extend([0; 4]);
            at
        });
        Compound {
            out: self.out,
            count_at,
            count: 0,
            ends: 0,
        }
    }

    fn object(self) -> Compound<'o> {
        self.out.push(marker::OBJECT);
        Compound {
            out: self.out,
            count_at: None,
            count: 0,
            ends: 1,
        }
    }

    /// An object of one member, the variant, whose value is to follow.
    fn variant(mut self, name: &str) -> Self {
        self.out.push(marker::OBJECT);
        self.write(|writer| writer.name(name.as_bytes()));
        self.is_message = false;
        self
    }

    fn integer<T: Copy + TryInto<i64> + core::fmt::Display>(
        mut self,
        integer: T,
    ) -> Result<(), SerdeError> {
        const EXACT: i64 = 1 << 53;
        let exact = integer.try_into().ok();
        let Some(exact) = exact.filter(|exact| (-EXACT..=EXACT).contains(exact)) else {
            let message = format!("{integer} is no number of AMF0 without a loss");
            return Err(SerdeError::mismatch(message));
        };
        #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53")]
        self.write(|writer| writer.number(exact as f64));
        Ok(())
    }
}

macro_rules! integers {
    ($($name:ident: $type:ty;)*) => {$(
        fn $name(self, value: $type) -> Result<(), SerdeError> {
            self.integer(value)
        }
    )*};
}

impl<'o> ser::Serializer for Serializer<'o> {
    type Ok = ();
    type Error = SerdeError;
    type SerializeSeq = Compound<'o>;
    type SerializeTuple = Compound<'o>;
    type SerializeTupleStruct = Compound<'o>;
    type SerializeTupleVariant = Compound<'o>;
    type SerializeMap = Compound<'o>;
    type SerializeStruct = Compound<'o>;
    type SerializeStructVariant = Compound<'o>;

    integers! {
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i64: i64;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u64: u64;
        serialize_i128: i128;
        serialize_u128: u128;
    }

    fn serialize_bool(self, truth: bool) -> Result<(), SerdeError> {
        self.out.extend([marker::BOOLEAN, u8::from(truth)]);
        Ok(())
    }

    fn serialize_f32(self, number: f32) -> Result<(), SerdeError> {
        self.serialize_f64(number.into())
    }

    fn serialize_f64(mut self, number: f64) -> Result<(), SerdeError> {
        self.write(|writer| writer.number(number));
        Ok(())
    }

    fn serialize_char(self, character: char) -> Result<(), SerdeError> {
        self.serialize_str(character.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(mut self, text: &str) -> Result<(), SerdeError> {
        self.write(|writer| writer.string(text.as_bytes()));
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), SerdeError> {
        Err(SerdeError::mismatch("AMF0 has no bytes"))
    }

    fn serialize_none(self) -> Result<(), SerdeError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), SerdeError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), SerdeError> {
        self.out.push(marker::NULL);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), SerdeError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), SerdeError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), SerdeError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), SerdeError> {
        let serializer = self.variant(variant);
        let out = serializer.out;
        let inside = value.serialize(Serializer::new(&mut *out));
        inside.map_err(|error| error.inside(variant))?;
        out.extend(END);
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'o>, SerdeError> {
        Ok(self.array())
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'o>, SerdeError> {
        Ok(self.array())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Compound<'o>, SerdeError> {
        Ok(self.array())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'o>, SerdeError> {
        let mut compound = self.variant(variant).array();
        compound.ends = 1;
        Ok(compound)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'o>, SerdeError> {
        Ok(self.object())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Compound<'o>, SerdeError> {
        Ok(self.object())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'o>, SerdeError> {
        let mut compound = self.variant(variant).object();
        compound.ends = 2;
        Ok(compound)
    }
}

const END: [u8; 3] = [0, 0, marker::OBJECT_END];

/// An array or object that is being written.
pub(super) struct Compound<'o> {
    out: &'o mut Vec<u8>,
    /// Where the count of an array is to be put.
    count_at: Option<usize>,
    count: u32,
    /// How many objects end with it.
    ends: usize,
}

impl Compound<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerdeError> {
        let inside = value.serialize(Serializer::new(self.out));
        inside.map_err(|error| error.inside(self.count))?;
        self.count = self.count.saturating_add(1);
        Ok(())
    }

    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), SerdeError> {
        Writer::new(&mut *self.out, &mut None).name(name.as_bytes());
        let inside = value.serialize(Serializer::new(self.out));
        inside.map_err(|error| error.inside(name))
    }

    fn finish(self) -> Result<(), SerdeError> {
        let count = self
            .count_at
            .and_then(|at| self.out.get_mut(at..)?.first_chunk_mut());
        if let Some(count) = count {
            *count = self.count.to_be_bytes();
        }
        for _ in 0..self.ends {
            self.out.extend(END);
        }
        Ok(())
    }
}

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = SerdeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), SerdeError> {
        let mut name = Vec::new();
        key.serialize(Serializer::new(&mut name))?;
        let Some((&marker::STRING, name)) = name.split_first() else {
            let message = "names of members are strings of up to 65,535 bytes";
            return Err(SerdeError::mismatch(message));
        };
        self.out.slice(name);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerdeError> {
        value.serialize(Serializer::new(self.out))
    }

    fn end(self) -> Result<(), SerdeError> {
        self.finish()
    }
}

macro_rules! compounds {
    ($($trait:ident: $item:ident($($name:ident)?) by $by:ident;)*) => {$(
        impl ser::$trait for Compound<'_> {
            type Ok = ();
            type Error = SerdeError;

            fn $item<T: Serialize + ?Sized>(
                &mut self,
                $($name: &'static str,)?
                value: &T,
            ) -> Result<(), SerdeError> {
                self.$by($($name,)? value)
            }

            fn end(self) -> Result<(), SerdeError> {
                self.finish()
            }
        }
    )*};
}

compounds! {
    SerializeSeq: serialize_element() by item;
    SerializeTuple: serialize_element() by item;
    SerializeTupleStruct: serialize_field() by item;
    SerializeTupleVariant: serialize_field() by item;
    SerializeStruct: serialize_field(name) by member;
    SerializeStructVariant: serialize_field(name) by member;
}
