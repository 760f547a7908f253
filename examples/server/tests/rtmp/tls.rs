//! RTMPS.

use std::{net::SocketAddr, sync::Arc};

use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::{
    common::{Folder, free_port},
    house::House,
    media::{assert_played, movie},
    peer::{Peer, soon},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rtmps_publishes_and_plays() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = Folder::new()
        .with("cert.pem", made.cert.pem())
        .with("key.pem", made.signing_key.serialize_pem());
    let port = free_port();
    let settings = format!(
        "rtmps_port = {port}\n[tls]\ncertificate = {:?}\nkey = {:?}\n",
        folder.join("cert.pem"),
        folder.join("key.pem")
    );
    let mut house = House::with(&settings);
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let connect = async || {
        let stream = TcpStream::connect(address).await.unwrap();
        let name = "localhost".try_into().unwrap();
        let stream = soon("TLS", connector.connect(name, stream)).await.unwrap();
        Peer::over(stream, "live", Peer::config()).await.unwrap()
    };
    let mut publisher = connect().await;
    let stream = publisher.publish_headers("cam").await;
    let mut player = connect().await;
    let played = player.play("cam").await.unwrap();
    let mut plain = house.peer().await;
    let played_plain = plain.play("cam").await.unwrap();
    publisher.send_all(stream, &movie(0..30)).await;
    assert_played(&player.tags(played, 63).await, &movie(0..30));
    assert_played(&plain.tags(played_plain, 63).await, &movie(0..30));
    // Who speaks no TLS there is no matter.
    let mut wrong = TcpStream::connect(address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut wrong, &[3; 1537])
        .await
        .unwrap();
    let mut said = Vec::new();
    let _ = soon(
        "the server to hang up",
        tokio::io::AsyncReadExt::read_to_end(&mut wrong, &mut said),
    )
    .await;
    publisher.send_all(stream, &movie(30..31)).await;
    player.tags_to(played, 30).await;
    house.server.assert_sound();
}
