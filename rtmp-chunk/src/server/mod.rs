//! The server's session machine.
