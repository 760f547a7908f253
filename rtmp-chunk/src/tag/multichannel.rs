use bytes::{BufMut, Bytes};

use super::source::Source;
use crate::ParseError;

/// The channels of an audio track and their places (`AudioPacketType.MultichannelConfig`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MultichannelConfig {
    /// How many channels there are.
    pub channel_count: u8,
    /// Where they belong.
    pub order: ChannelOrder,
}

/// How channels find their places.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelOrder {
    /// Only their number is known.
    Unspecified,
    /// In the order of the bits of this mask: bit 0 front left, 1 front right, 2 center, 3 low
    /// frequencies, and so on as in the table of Enhanced RTMP.
    Native(u32),
    /// The place of each by number (`AudioChannel`: 0 front left, 254 unused, 255 unknown).
    Custom(Bytes),
    /// An order that is not defined yet.
    Other(u8),
}

impl MultichannelConfig {
    /// From its parts. A custom order has as many places as there are channels, at most 255.
    #[must_use]
    pub fn new(channel_count: u8, order: ChannelOrder) -> Self {
        let channel_count = match &order {
            ChannelOrder::Custom(places) => u8::try_from(places.len()).unwrap_or(u8::MAX),
            ChannelOrder::Unspecified | ChannelOrder::Native(_) | ChannelOrder::Other(_) => {
                channel_count
            }
        };
        Self {
            channel_count,
            order,
        }
    }

    /// Reads the data of a track. What follows is ignored.
    ///
    /// # Errors
    /// [`ParseError`] when it is cut short.
    pub fn parse(data: &Bytes) -> Result<Self, ParseError> {
        let mut source = Source::new(data.clone());
        let (order, channel_count) = (source.u8()?, source.u8()?);
        let order = match order {
            0 => ChannelOrder::Unspecified,
            1 => ChannelOrder::Native(u32::from_be_bytes(source.array()?)),
            // A copy: few bytes that are kept for long.
            2 => ChannelOrder::Custom(Bytes::copy_from_slice(
                &source.bytes(usize::from(channel_count))?,
            )),
            other => ChannelOrder::Other(other),
        };
        Ok(Self {
            channel_count,
            order,
        })
    }

    /// The length in bytes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        2 + match &self.order {
            ChannelOrder::Unspecified | ChannelOrder::Other(_) => 0,
            ChannelOrder::Native(_) => 4,
            ChannelOrder::Custom(places) => places.len().min(usize::from(self.channel_count)),
        }
    }

    /// Writes it.
    pub fn encode(&self, out: &mut impl BufMut) {
        let order = match &self.order {
            ChannelOrder::Unspecified => 0,
            ChannelOrder::Native(_) => 1,
            ChannelOrder::Custom(_) => 2,
            ChannelOrder::Other(order) => *order,
        };
        out.put_u8(order);
        out.put_u8(self.channel_count);
        match &self.order {
            ChannelOrder::Unspecified | ChannelOrder::Other(_) => {}
            ChannelOrder::Native(mask) => out.put_u32(*mask),
            ChannelOrder::Custom(places) => {
                out.put_slice(
                    places
                        .get(..usize::from(self.channel_count))
                        .unwrap_or(places),
                );
            }
        }
    }
}
