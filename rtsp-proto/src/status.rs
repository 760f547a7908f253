//! Status codes: an open set of three-digit numbers (RFC 2326 §7.1.1, RFC 7826 §17).

use core::fmt;

/// A status code, 100 to 999. Those of RFC 2326 and RFC 7826 are constants; others are kept as sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatusCode(u16);

macro_rules! status_codes {
    ($($(#[$doc:meta])* $code:literal $constant:ident $reason:literal;)+) => {
        impl StatusCode {
            $(#[doc = concat!($code, " ", $reason, ".")] $(#[$doc])* pub const $constant: Self = Self($code);)+

            /// The RFC's words for this code; the words of its class for an unknown one.
            #[must_use]
            pub const fn reason_phrase(self) -> &'static str {
                match self.0 {
                    $($code => $reason,)+
                    100..=199 => "Informational",
                    200..=299 => "Success",
                    300..=399 => "Redirection",
                    400..=499 => "Client Error",
                    500..=599 => "Server Error",
                    _ => "Unknown",
                }
            }

            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$constant),+];
        }
    };
}

status_codes! {
    100 CONTINUE "Continue";
    200 OK "OK";
    201 CREATED "Created";
    250 LOW_ON_STORAGE_SPACE "Low on Storage Space";
    300 MULTIPLE_CHOICES "Multiple Choices";
    301 MOVED_PERMANENTLY "Moved Permanently";
    302 FOUND "Found";
    303 SEE_OTHER "See Other";
    304 NOT_MODIFIED "Not Modified";
    305 USE_PROXY "Use Proxy";
    400 BAD_REQUEST "Bad Request";
    401 UNAUTHORIZED "Unauthorized";
    402 PAYMENT_REQUIRED "Payment Required";
    403 FORBIDDEN "Forbidden";
    404 NOT_FOUND "Not Found";
    405 METHOD_NOT_ALLOWED "Method Not Allowed";
    406 NOT_ACCEPTABLE "Not Acceptable";
    407 PROXY_AUTHENTICATION_REQUIRED "Proxy Authentication Required";
    408 REQUEST_TIMEOUT "Request Timeout";
    410 GONE "Gone";
    411 LENGTH_REQUIRED "Length Required";
    412 PRECONDITION_FAILED "Precondition Failed";
    413 REQUEST_MESSAGE_BODY_TOO_LARGE "Request Message Body Too Large";
    414 REQUEST_URI_TOO_LONG "Request-URI Too Long";
    415 UNSUPPORTED_MEDIA_TYPE "Unsupported Media Type";
    /// From RFC 6585; RTSP has no code of its own for it.
    431 REQUEST_HEADER_FIELDS_TOO_LARGE "Request Header Fields Too Large";
    451 PARAMETER_NOT_UNDERSTOOD "Parameter Not Understood";
    /// RFC 2326 only.
    452 CONFERENCE_NOT_FOUND "Conference Not Found";
    453 NOT_ENOUGH_BANDWIDTH "Not Enough Bandwidth";
    454 SESSION_NOT_FOUND "Session Not Found";
    455 METHOD_NOT_VALID_IN_THIS_STATE "Method Not Valid in This State";
    456 HEADER_FIELD_NOT_VALID_FOR_RESOURCE "Header Field Not Valid for Resource";
    457 INVALID_RANGE "Invalid Range";
    458 PARAMETER_IS_READ_ONLY "Parameter Is Read-Only";
    459 AGGREGATE_OPERATION_NOT_ALLOWED "Aggregate Operation Not Allowed";
    460 ONLY_AGGREGATE_OPERATION_ALLOWED "Only Aggregate Operation Allowed";
    461 UNSUPPORTED_TRANSPORT "Unsupported Transport";
    462 DESTINATION_UNREACHABLE "Destination Unreachable";
    463 DESTINATION_PROHIBITED "Destination Prohibited";
    464 DATA_TRANSPORT_NOT_READY_YET "Data Transport Not Ready Yet";
    465 NOTIFICATION_REASON_UNKNOWN "Notification Reason Unknown";
    466 KEY_MANAGEMENT_ERROR "Key Management Error";
    470 CONNECTION_AUTHORIZATION_REQUIRED "Connection Authorization Required";
    471 CONNECTION_CREDENTIALS_NOT_ACCEPTED "Connection Credentials Not Accepted";
    472 FAILURE_TO_ESTABLISH_SECURE_CONNECTION "Failure to Establish Secure Connection";
    500 INTERNAL_SERVER_ERROR "Internal Server Error";
    501 NOT_IMPLEMENTED "Not Implemented";
    502 BAD_GATEWAY "Bad Gateway";
    503 SERVICE_UNAVAILABLE "Service Unavailable";
    504 GATEWAY_TIMEOUT "Gateway Timeout";
    505 RTSP_VERSION_NOT_SUPPORTED "RTSP Version Not Supported";
    551 OPTION_NOT_SUPPORTED "Option Not Supported";
    553 PROXY_UNAVAILABLE "Proxy Unavailable";
}

impl StatusCode {
    /// A code of three digits; `None` outside 100 to 999.
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        if code >= 100 && code <= 999 {
            Some(Self(code))
        } else {
            None
        }
    }

    /// The number.
    #[must_use]
    pub const fn as_u16(self) -> u16 {
        self.0
    }

    /// 1xx: the final response is still to come.
    #[must_use]
    pub const fn is_informational(self) -> bool {
        self.0 < 200
    }

    /// 2xx.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 >= 200 && self.0 < 300
    }

    /// 3xx.
    #[must_use]
    pub const fn is_redirection(self) -> bool {
        self.0 >= 300 && self.0 < 400
    }

    /// 4xx and 5xx.
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.0 >= 400 && self.0 < 600
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.reason_phrase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_digits() {
        assert_eq!(StatusCode::new(99), None);
        assert_eq!(StatusCode::new(1000), None);
        assert_eq!(StatusCode::new(200), Some(StatusCode::OK));
        assert_eq!(StatusCode::new(299).unwrap().reason_phrase(), "Success");
    }

    #[test]
    fn every_code_is_in_exactly_one_class() {
        for status in StatusCode::ALL {
            let classes = [
                status.is_informational(),
                status.is_success(),
                status.is_redirection(),
                status.is_error(),
            ];
            assert_eq!(classes.iter().filter(|yes| **yes).count(), 1, "{status:?}");
            assert!(!status.reason_phrase().is_empty());
        }
    }
}
