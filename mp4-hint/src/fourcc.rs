use core::fmt;

/// Four bytes that name a box, a brand, a handler or a sample entry; unknown ones survive.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[allow(clippy::exhaustive_structs, reason = "four bytes, by definition")]
pub struct FourCc(pub [u8; 4]);

impl fmt::Display for FourCc {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(formatter)
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "'{self}'")
    }
}

macro_rules! names {
    ($($name:ident = $code:literal;)*) => {
        #[allow(missing_docs, reason = "the standards' own names")]
        impl FourCc {
            $(pub const $name: Self = Self(*$code);)*
        }
    };
}

// Boxes (ISO/IEC 14496-12; `wave`, `wide` and `enda`: QTFF).
names! {
    CO64 = b"co64"; CTTS = b"ctts"; EDTS = b"edts"; ELST = b"elst"; FREE = b"free"; FTYP = b"ftyp";
    HDLR = b"hdlr"; MDAT = b"mdat"; MDHD = b"mdhd"; MDIA = b"mdia"; MEHD = b"mehd"; MINF = b"minf";
    MOOF = b"moof"; MOOV = b"moov"; MVEX = b"mvex"; MVHD = b"mvhd"; SKIP = b"skip"; STBL = b"stbl";
    STCO = b"stco"; STSC = b"stsc"; STSD = b"stsd"; STSS = b"stss"; STSZ = b"stsz"; STTS = b"stts";
    STYP = b"styp"; STZ2 = b"stz2"; TFDT = b"tfdt"; TFHD = b"tfhd"; TKHD = b"tkhd"; TRAF = b"traf";
    TRAK = b"trak"; TREX = b"trex"; TRUN = b"trun"; UDTA = b"udta"; UUID = b"uuid"; WAVE = b"wave";
    WIDE = b"wide"; ENDA = b"enda"; BTRT = b"btrt"; SIDX = b"sidx"; MFRA = b"mfra"; META = b"meta";
}

// Handlers.
names! {
    HANDLER_VIDEO = b"vide"; HANDLER_AUDIO = b"soun"; HANDLER_HINT = b"hint";
}

// Codec configuration boxes.
names! {
    AVCC = b"avcC"; HVCC = b"hvcC"; AV1C = b"av1C"; VPCC = b"vpcC"; ESDS = b"esds"; DOPS = b"dOps";
    DAC3 = b"dac3"; DEC3 = b"dec3"; PCMC = b"pcmC";
}

// Sample entries (the registration authority's and QTFF's).
names! {
    AVC1 = b"avc1"; AVC3 = b"avc3"; HVC1 = b"hvc1"; HEV1 = b"hev1"; AV01 = b"av01"; VP08 = b"vp08";
    VP09 = b"vp09"; MP4A = b"mp4a"; OPUS = b"Opus"; MP3 = b".mp3"; AC_3 = b"ac-3"; EC_3 = b"ec-3";
    ULAW = b"ulaw"; ALAW = b"alaw"; SOWT = b"sowt"; TWOS = b"twos"; LPCM = b"lpcm"; IPCM = b"ipcm";
    MS_MP3 = b"ms\0\x55"; RTP = b"rtp "; SRTP = b"srtp"; RM2T = b"rm2t"; RRTP = b"rrtp";
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn prints_as_text_and_escapes_the_rest() {
        assert_eq!(format!("{}", FourCc::MOOV), "moov");
        assert_eq!(format!("{:?}", FourCc(*b"a\xa9\0z")), r"'a\xa9\x00z'");
    }
}
