//! Requests and responses: borrowed views, and owned ones to keep or to send.

mod borrowed;
mod fields;
pub(crate) mod head;
mod names;
mod owned;
mod request;
mod response;
mod view;

pub use self::borrowed::{MessageRef, RequestRef, ResponseRef};
pub(crate) use self::fields::Fields;
pub use self::names::canonical_header_name;
pub use self::request::Request;
pub use self::response::Response;
pub use self::view::{HeaderIter, HeaderValue, Headers};
