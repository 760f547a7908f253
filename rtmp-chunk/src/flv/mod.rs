//! FLV files and streams.
