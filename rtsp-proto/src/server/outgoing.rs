//! What every answer has, and where it goes.

use super::pending::{Origin, Refusal, RequestContext};
use super::{ServerConnection, ServerEvent, SessionId};
use crate::headers::{CSeq, Date, PipelinedRequests, Server, Session as SessionHeader, UtcTime};
use crate::{Method, Request, Response, StatusCode, Version};

impl ServerConnection {
    /// Answers by itself, and tells.
    pub(super) fn refuse(&mut self, context: &RequestContext, refusal: Refusal) {
        let mut response = Response::new(refusal.status);
        if let Some((name, value)) = refusal.header {
            response = response.header(name, value);
        }
        self.reply(context, &response);
        self.note_rejection(Some(context.method), refusal.status, refusal.reason);
    }

    /// Answers what could not even be read.
    pub(super) fn refuse_unread(&mut self, status: StatusCode, cseq: Option<u32>, reason: String) {
        let mut response = Response::new(status);
        if let Some(cseq) = cseq {
            response = response.typed(&CSeq::new(cseq));
        }
        response = response.typed(&Server::new(self.config.server_name.as_str()));
        self.output.push_message(response.into_segments());
        self.note_rejection(None, status, reason);
    }

    fn note_rejection(&mut self, method: Option<Method>, status: StatusCode, reason: String) {
        self.stats.rejected_requests = self.stats.rejected_requests.saturating_add(1);
        self.events.push_back(ServerEvent::Rejected {
            method,
            status,
            reason,
        });
    }

    /// Sends an answer to where its request came from, in its version and with its CSeq.
    pub(super) fn reply(&mut self, context: &RequestContext, response: &Response) {
        let response = self.completed(context, response);
        match context.origin {
            Origin::Wire => self.output.push_message(response.into_segments()),
            Origin::Forwarded { token } => self.push_forwarded_reply(token, response),
        }
    }

    fn completed(&self, context: &RequestContext, response: &Response) -> Response {
        let mut whole = Response::new(response.status())
            .with_reason_phrase(&response.reason_phrase())
            .with_version(context.version);
        if let Some(cseq) = context.cseq {
            whole = whole.typed(&CSeq::new(cseq));
        }
        if let Some(date) = self.date() {
            whole = whole.typed(&date);
        }
        whole = whole.typed(&Server::new(self.config.server_name.as_str()));
        if let Some(session) = context.session {
            whole = whole.typed(&self.session_header(context, session));
        }
        if let Some(name) = context
            .pipelined
            .filter(|_| context.version == Version::V2_0)
        {
            whole = whole.typed(&PipelinedRequests::new(name));
        }
        let ours = |name: &str| {
            ["CSeq", "Date", "Server", "Pipelined-Requests"]
                .iter()
                .any(|own| own.eq_ignore_ascii_case(name))
                || (context.session.is_some() && name.eq_ignore_ascii_case("Session"))
        };
        for (name, value) in response.headers().iter().filter(|(name, _)| !ours(name)) {
            whole = whole.header(name, value.as_bytes());
        }
        if response.body().is_empty() {
            whole
        } else {
            whole.with_body(response.body().clone())
        }
    }

    fn date(&self) -> Option<Date> {
        let time = self.config.clock?.ntp_at(self.now).to_unix();
        let seconds = i64::try_from(time.as_secs()).ok()?;
        UtcTime::from_unix(seconds, 0).map(Date::new)
    }

    fn session_header(&self, context: &RequestContext, session: SessionId) -> SessionHeader {
        let header = SessionHeader::new(session.to_string());
        let seconds = u32::try_from(self.config.session_timeout.as_secs())
            .unwrap_or(u32::MAX)
            .max(1);
        if context.method == Method::SETUP {
            header.with_timeout_seconds(seconds)
        } else {
            header
        }
    }

    /// Sends a request of our own, to which the answer does not matter.
    pub(super) fn push_request(&mut self, request: Request, session: SessionId) {
        self.last_cseq = self.last_cseq.wrapping_add(1);
        let request = request
            .with_version(Version::V2_0)
            .typed(&CSeq::new(self.last_cseq))
            .typed(&SessionHeader::new(session.to_string()))
            .typed(&Server::new(self.config.server_name.as_str()));
        self.output.push_message(request.into_segments());
    }
}
