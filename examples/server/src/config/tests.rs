use super::*;

fn arguments(line: &str) -> Arguments {
    Arguments::parse_from(std::iter::once("castline-server").chain(line.split_whitespace()))
}

#[test]
fn the_command_line_goes_before_the_file() {
    let file = std::env::temp_dir().join(format!("castline-config-{}.toml", std::process::id()));
    std::fs::write(
        &file,
        "rtsp_port = 9000\nmax_sessions = 7\nrtp_ports = \"40000-40100\"\n",
    )
    .unwrap();
    let line = format!("--config {} --rtsp-port 9001", file.display());
    let config = Config::load(&arguments(&line)).unwrap();
    std::fs::remove_file(file).unwrap();
    assert_eq!((config.rtsp_port, config.max_sessions), (9001, 7));
    assert_eq!(config.rtp_ports.to_string(), "40000-40100");
    assert_eq!(config.bind, Config::default().bind);
}

#[test]
fn what_is_wrong_is_said_with_the_fix() {
    let error = Config::load(&arguments("/no/such/folder"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("pass the folder"), "{error}");
    for wrong in ["5-4", "7-8", "0-9", "a-b", "70000-70001", "30000"] {
        assert!(wrong.parse::<PortSpan>().is_err(), "{wrong}");
    }
    assert!("7-9".parse::<PortSpan>().is_ok());
    assert!(toml::from_str::<Config>("no_such_setting = 1").is_err());
}

#[test]
fn the_settings_in_force_read_back_as_themselves() {
    let config = Config {
        media_dir: Some("films".into()),
        ..Config::default()
    };
    let text = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<Config>(&text).unwrap(), config);
}

/// Everything that the file can say.
const WHOLE: &str = r#"
http_port = 8081
rtmp_port = 0
rtmps_port = 1936
rtmp_chunk_bytes = 4096

[tls]
certificate = "cert.pem"
key = "key.pem"

[publish]
take_over = true
idle_timeout_s = 5
key = "everywhere"
[publish.keys]
"live/cam" = "secret"

[play]
[play.keys]
"vod/film.mp4" = "ticket"

[cache]
bytes = 1000000
ms = 5000

[record]
enabled = true
dir = "no-such-folder-yet"
streams = ["live/cam*"]

[hooks]
format = "json"
timeout_ms = 500
on_publish = "http://127.0.0.1:9/publish"
on_done = "https://example.com/done"

[api]
token = "t0ken"

[[rights]]
path = "live/*"
action = "publish"
allow = ["10.0.0.0/8", "::1"]

[[rights]]
path = "/vod/*"
key = "k"

[[push]]
stream = "live/*"
url = "rtmp://other/live/{name}"

[[pull]]
name = "far"
url = "rtmps://far:1936/live/cam?token=1"
on_demand = true
"#;

#[test]
fn every_section_is_read_checked_and_printed() {
    let config: Config = toml::from_str(WHOLE).unwrap();
    config.check().unwrap();
    assert_eq!(
        (config.http_port, config.rtmp_port, config.rtmps_port),
        (8081, 0, 1936)
    );
    assert!(config.publish.enabled && config.publish.take_over);
    assert_eq!(config.publish.idle_timeout(), Duration::from_secs(5));
    assert_eq!(config.publish.keys["live/cam"], "secret");
    assert_eq!(config.hooks.format, HookFormat::Json);
    assert!(config.record.covers("live/cam2") && !config.record.covers("live/other"));
    assert_eq!(config.rights[0].action, Some(RightsAction::Publish));
    assert_eq!(config.rights[1].action, None);
    assert_eq!(config.push[0].url_for("cam"), "rtmp://other/live/cam");
    assert!(config.pull[0].on_demand);
    let text = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<Config>(&text).unwrap(), config);
}

#[test]
fn every_wrong_setting_is_told_with_its_fix() {
    let table = [
        ("rtmps_port = 1936", "--tls-certificate"),
        ("[tls]\nkey = \"k.pem\"", "tls.certificate"),
        ("rtmp_chunk_bytes = 1", "16384"),
        ("[publish]\nidle_timeout_s = 0", "give 1 to 86400"),
        ("[publish]\nkey = \"\"", "leave it out"),
        ("[publish.keys]\ncam = \"x\"", "live/cam"),
        ("[play.keys]\n\"vod/x\" = \"\"", "leave it out"),
        ("[cache]\nbytes = 1", "give 65536"),
        ("[cache]\nms = 9999999", "600000"),
        ("[record]\ndir = \"/dev/null\"", "record.dir"),
        ("[hooks]\ntimeout_ms = 1", "give 100"),
        (
            "[hooks]\non_play = \"ftp://x\"",
            "http://127.0.0.1:9000/on_play",
        ),
        ("[api]\ntoken = \"a b\"", "header"),
        ("[[rights]]\npath = \"live/x\"\nkey = \"\"", "leave it out"),
        (
            "[[push]]\nstream = \"*\"\nurl = \"rtmp://host/app\"",
            "rtmp://host/app/name",
        ),
        ("[[pull]]\nname = \"a/b\"\nurl = \"rtmp://h/a/n\"", "plain"),
        (
            "[[pull]]\nname = \"a\"\nurl = \"http://h/a/n\"",
            "rtmp://host/app/name",
        ),
        (
            "[[pull]]\nname = \"a\"\nurl = \"rtmp://h/a/n\"\n[[pull]]\nname = \"a\"\nurl = \"rtmp://h/a/m\"",
            "each its own",
        ),
    ];
    for (text, fix) in table {
        let config: Config = toml::from_str(text).unwrap();
        let error = config.check().unwrap_err().to_string();
        assert!(error.contains(fix), "{text}: {error}");
    }
    let unreadable = [
        "[publish]\nno_such = 1",
        "[hooks]\nformat = \"xml\"",
        "[[rights]]\npath = \"cam\"",
        "[[rights]]\npath = \"*\"\naction = \"delete\"",
        "[[rights]]\npath = \"*\"\nallow = [\"10.0.0.0/99\"]",
        "[[pull]]\nname = \"a\"",
        "http_port = 70000",
    ];
    for text in unreadable {
        assert!(toml::from_str::<Config>(text).is_err(), "{text}");
    }
}

#[test]
fn the_important_settings_are_on_the_command_line() {
    let line =
        "--http-port 0 --rtmp-port 1936 --publish-key k --take-over --record-dir rec --api-token t";
    let config = Config::load(&arguments(line)).unwrap();
    assert_eq!((config.http_port, config.rtmp_port), (0, 1936));
    assert_eq!(config.publish.key.as_deref(), Some("k"));
    assert!(config.publish.take_over && config.record.enabled);
    assert_eq!(config.record.dir, PathBuf::from("rec"));
    assert_eq!(config.api.token.as_deref(), Some("t"));
}
