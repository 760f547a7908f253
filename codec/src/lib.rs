//! castline codec
