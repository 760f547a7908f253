//! The certificate, and what speaks TLS with it.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer, ServerName,
    pem::{self, PemObject},
};
use tokio::{io, net::TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server::TlsStream};

use crate::config::TlsSettings;

/// How long a client has for its part of the handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes ring do the cryptography of all that speaks TLS in this process. More than once is no harm.
pub(crate) fn install_provider() {
    // An error says that one is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The server's side of TLS; cheap to clone.
#[derive(Clone)]
pub(crate) struct Tls(TlsAcceptor);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// Loads what the settings name; `None` when they name nothing.
    pub(crate) fn load(settings: &TlsSettings) -> Result<Option<Self>> {
        let (Some(certificate), Some(key)) = (&settings.certificate, &settings.key) else {
            return Ok(None);
        };
        let chain = load_chain(certificate)?;
        let key = load_key(key)?;
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, key);
        let config = config.with_context(|| {
            format!(
                "the certificate in {} and its key do not go together: give tls.key the one that was made with it",
                certificate.display()
            )
        })?;
        Ok(Some(Self(TlsAcceptor::from(Arc::new(config)))))
    }

    /// Shakes hands with a client.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let handshake = self.0.accept(stream);
        match tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake).await {
            Ok(accepted) => accepted,
            Err(_) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the client did not finish the TLS handshake in time",
            )),
        }
    }
}

/// Speaks TLS to another server, which shows a certificate of this name that this system trusts.
pub(crate) async fn connect(
    host: &str,
    stream: TcpStream,
) -> io::Result<client::TlsStream<TcpStream>> {
    let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
    let name = ServerName::try_from(host.to_owned()).map_err(invalid)?;
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(native.certs);
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

fn load_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let shown = path.display();
    let read = || format!("cannot read {shown}: give tls.certificate a PEM file that is there");
    let chain: Vec<_> = match CertificateDer::pem_file_iter(path) {
        Ok(chain) => chain.collect::<Result<_, _>>().with_context(read)?,
        Err(error) => return Err(error).with_context(read),
    };
    ensure!(
        !chain.is_empty(),
        "{shown} holds no certificate: give tls.certificate a file with -----BEGIN CERTIFICATE----- in it"
    );
    Ok(chain)
}

fn load_key(path: &Path) -> Result<PrivateKeyDer<'static>> {
    let shown = path.display();
    match PrivateKeyDer::from_pem_file(path) {
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) => bail!(
            "{shown} holds no private key: give tls.key a file with -----BEGIN PRIVATE KEY----- in it, without a password"
        ),
        Err(error) => Err(error)
            .with_context(|| format!("cannot read {shown}: give tls.key a PEM file that is there")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rustls::{ClientConfig, RootCertStore};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };
    use tokio_rustls::TlsConnector;

    use super::*;

    /// A folder with certificates, which goes when it is dropped.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder =
                std::env::temp_dir().join(format!("castline-tls-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        fn with(&self, name: &str, content: &str) -> PathBuf {
            let path = self.0.join(name);
            std::fs::write(&path, content).unwrap();
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn certificate() -> rcgen::CertifiedKey<rcgen::KeyPair> {
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
    }

    fn settings(certificate: PathBuf, key: PathBuf) -> TlsSettings {
        toml::from_str(&format!("certificate = {certificate:?}\nkey = {key:?}")).unwrap()
    }

    #[tokio::test]
    async fn a_client_that_trusts_the_certificate_is_served() {
        install_provider();
        let (folder, made) = (Folder::new("served"), certificate());
        let settings = settings(
            folder.with("cert.pem", &made.cert.pem()),
            folder.with("key.pem", &made.signing_key.serialize_pem()),
        );
        let tls = Tls::load(&settings).unwrap().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = tls.accept(stream).await.unwrap();
            stream.write_all(b"hello").await.unwrap();
            stream.shutdown().await.unwrap();
        });
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = TlsConnector::from(Arc::new(config));
        let stream = TcpStream::connect(address).await.unwrap();
        let name = "localhost".try_into().unwrap();
        let mut stream = connector.connect(name, stream).await.unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "hello");
        server.await.unwrap();
    }

    #[tokio::test]
    async fn who_does_not_speak_tls_gets_an_error() {
        install_provider();
        let (folder, made) = (Folder::new("plain"), certificate());
        let settings = settings(
            folder.with("cert.pem", &made.cert.pem()),
            folder.with("key.pem", &made.signing_key.serialize_pem()),
        );
        let tls = Tls::load(&settings).unwrap().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        client.write_all(b"\x03 this is plain RTMP").await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        assert!(tls.accept(stream).await.is_err());
    }

    #[test]
    fn what_is_wrong_is_said_with_the_fix() {
        install_provider();
        assert!(Tls::load(&TlsSettings::default()).unwrap().is_none());
        let (folder, made, other) = (Folder::new("wrong"), certificate(), certificate());
        let cert = folder.with("cert.pem", &made.cert.pem());
        let key = folder.with("key.pem", &made.signing_key.serialize_pem());
        let foreign = folder.with("foreign.pem", &other.signing_key.serialize_pem());
        let empty = folder.with("empty.pem", "nothing\n");
        let spoilt = folder.with(
            "spoilt.pem",
            "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
        );
        let missing = folder.0.join("missing.pem");
        let table = [
            (
                missing.clone(),
                key.clone(),
                "give tls.certificate a PEM file",
            ),
            (spoilt, key.clone(), "give tls.certificate a PEM file"),
            (empty.clone(), key.clone(), "holds no certificate"),
            (key, cert.clone(), "holds no certificate"),
            (cert.clone(), missing, "give tls.key a PEM file"),
            (cert.clone(), empty, "holds no private key"),
            (cert.clone(), cert.clone(), "holds no private key"),
            (cert, foreign, "go together"),
        ];
        for (certificate, key, fix) in table {
            let error = Tls::load(&settings(certificate, key)).unwrap_err();
            assert!(error.to_string().contains(fix), "{fix}: {error:#}");
        }
    }
}
