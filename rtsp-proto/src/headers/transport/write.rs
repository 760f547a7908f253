//! Writing one transport, in the order that RFC 2326 lists the parameters.

use core::fmt;

use super::TransportSpec;
use super::value::{Parameter, Protocol};
use crate::headers::scan::{is_token, write_escaped, write_quoted};

impl fmt::Display for TransportSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.protocol)?;
        if let Some(delivery) = self.delivery {
            write!(f, ";{delivery}")?;
        }
        self.write_hosts(f)?;
        self.write_numbers(f)?;
        for (index, ssrc) in self.ssrc.iter().enumerate() {
            write!(f, "{}{ssrc:08X}", if index == 0 { ";ssrc=" } else { "/" })?;
        }
        self.write_modes(f)?;
        self.write_rtsp2(f)?;
        self.extensions
            .iter()
            .try_for_each(|parameter| write!(f, ";{parameter}"))
    }
}

/// True for what no quotes are needed around.
fn is_plain(byte: u8) -> bool {
    byte > b' ' && byte != 0x7f && !b";,\"".contains(&byte)
}

impl TransportSpec {
    fn write_hosts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, host) in [("destination", &self.destination), ("source", &self.source)] {
            match host.as_deref() {
                None => {}
                Some("") => write!(f, ";{name}")?,
                // Only 2.0 quotes addresses, and it has parameters of its own for them: a peer of 1.0 reads the
                // plain form.
                Some(host) if host.bytes().all(is_plain) => write!(f, ";{name}={host}")?,
                Some(host) => {
                    write!(f, ";{name}=")?;
                    write_quoted(f, host)?;
                }
            }
        }
        Ok(())
    }

    fn write_numbers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(interleaved) = self.interleaved {
            write!(f, ";interleaved={interleaved}")?;
        }
        if self.append {
            f.write_str(";append")?;
        }
        if let Some(ttl) = self.ttl {
            write!(f, ";ttl={ttl}")?;
        }
        if let Some(layers) = self.layers {
            write!(f, ";layers={layers}")?;
        }
        for (name, ports) in [
            ("port", self.port),
            ("client_port", self.client_port),
            ("server_port", self.server_port),
        ] {
            if let Some(ports) = ports {
                write!(f, ";{name}={ports}")?;
            }
        }
        Ok(())
    }

    fn write_modes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.modes.as_slice() {
            [] => Ok(()),
            // One word goes out bare: quotes around it are what some peers do not read.
            [mode] if is_token(mode.as_str()) => write!(f, ";mode={}", mode.as_str()),
            modes => {
                f.write_str(";mode=\"")?;
                for (index, mode) in modes.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    f.write_str(comma)?;
                    write_escaped(f, mode.as_str())?;
                }
                f.write_str("\"")
            }
        }
    }

    fn write_rtsp2(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, list) in [("dest_addr", &self.dest_addr), ("src_addr", &self.src_addr)] {
            for (index, address) in list.iter().enumerate() {
                if index == 0 {
                    write!(f, ";{name}=")?;
                } else {
                    f.write_str("/")?;
                }
                write_quoted(f, address)?;
            }
        }
        if let Some(setup) = self.setup {
            write!(f, ";setup={setup}")?;
        }
        if let Some(connection) = self.connection {
            write!(f, ";connection={connection}")?;
        }
        if self.rtcp_mux {
            f.write_str(";RTCP-mux")?;
        }
        if let Some(mikey) = &self.mikey {
            f.write_str(";MIKEY=")?;
            write_quoted(f, mikey)?;
        }
        Ok(())
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rtp {
                profile,
                lower: None,
            } => write!(f, "RTP/{profile}"),
            Self::Rtp {
                profile,
                lower: Some(lower),
            } => write!(f, "RTP/{profile}/{lower}"),
            Self::Other(other) => f.write_str(other),
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value}", self.name),
            None => f.write_str(&self.name),
        }
    }
}
