use std::{collections::HashMap, sync::Mutex};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use tokio::net::TcpListener;

use super::*;
use crate::tls;

/// What was asked: the path, the content type and the body.
type Asked = Arc<Mutex<Vec<(String, String, String)>>>;

/// A server of hooks: the path says what it answers.
struct Target {
    address: SocketAddr,
    asked: Asked,
}

impl Target {
    async fn start() -> Self {
        tls::install_provider();
        let asked = Asked::default();
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&asked));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, asked }
    }

    fn hooks(&self, format: &str, settings: &[(&str, &str)]) -> Hooks {
        let mut text = format!("format = \"{format}\"\ntimeout_ms = 500\n");
        for (name, path) in settings {
            text.push_str(&format!("{name} = \"http://{}{path}\"\n", self.address));
        }
        Hooks::new(&toml::from_str(&text).unwrap()).unwrap()
    }

    async fn asked(&self, count: usize) -> Vec<(String, String, String)> {
        for _ in 0..400 {
            let asked = self.asked.lock().unwrap().clone();
            if asked.len() >= count {
                return asked;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the hook was not told")
    }
}

async fn answer(
    State(asked): State<Asked>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let kind = headers["content-type"].to_str().unwrap().to_owned();
    asked
        .lock()
        .unwrap()
        .push((uri.path().to_owned(), kind, body));
    match uri.path() {
        "/created" => StatusCode::CREATED.into_response(),
        "/no" => StatusCode::FORBIDDEN.into_response(),
        "/rename" => (StatusCode::FOUND, [("location", "other name")]).into_response(),
        "/bad-name" => (StatusCode::FOUND, [("location", "../etc")]).into_response(),
        "/elsewhere" => (StatusCode::FOUND, [("location", "rtmp://h/a/b")]).into_response(),
        "/nowhere" => StatusCode::MOVED_PERMANENTLY.into_response(),
        "/zero" => "0".into_response(),
        "/object" => "{\"code\": 0, \"msg\": \"fine\"}".into_response(),
        "/one" => "1".into_response(),
        "/why" => "{\"code\": 7, \"msg\": \"not\\n today\"}".into_response(),
        "/text" => "ok".into_response(),
        "/long" => " ".repeat(100_000).into_response(),
        "/slow" => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            "0".into_response()
        }
        _ => StatusCode::OK.into_response(),
    }
}

fn call(occasion: Occasion) -> HookCall {
    let mut call = HookCall::new(occasion, ([192, 0, 2, 1], 4000).into(), ("live", "cam & 1"));
    call.client_id = "17".to_owned();
    call.args = "key=s%20x&a=b".to_owned();
    call.tc_url = "rtmp://h/live".to_owned();
    call
}

#[tokio::test]
async fn a_form_is_answered_by_the_status() {
    let target = Target::start().await;
    let deny = |reason: &str| Verdict::Deny(reason.to_owned());
    let table = [
        ("/ok", Verdict::Allow),
        ("/created", Verdict::Allow),
        ("/no", deny("the hook said 403")),
        ("/rename", Verdict::Rename("other name".to_owned())),
        ("/bad-name", deny("the hook gave a name that cannot be one")),
        (
            "/elsewhere",
            deny("the hook leads to another server, which is not done here"),
        ),
        ("/nowhere", deny("the hook said 301 and no name")),
        ("/long", deny("the hook's answer is too long")),
        ("/slow", deny("the hook gave no answer in time")),
    ];
    for (path, verdict) in table {
        let hooks = target.hooks("form", &[("on_publish", path)]);
        assert_eq!(hooks.ask(&call(Occasion::Publish)).await, verdict, "{path}");
    }
}

#[tokio::test]
async fn json_is_answered_by_the_code() {
    let target = Target::start().await;
    let deny = |reason: &str| Verdict::Deny(reason.to_owned());
    let table = [
        ("/zero", Verdict::Allow),
        ("/object", Verdict::Allow),
        ("/one", deny("the hook said 1")),
        ("/why", deny("not today")),
        ("/no", deny("the hook said 403")),
        ("/created", deny("the hook said 201")),
        (
            "/text",
            deny("the hook's answer is neither 0 nor {\"code\":0}"),
        ),
        (
            "/ok",
            deny("the hook's answer is neither 0 nor {\"code\":0}"),
        ),
    ];
    for (path, verdict) in table {
        let hooks = target.hooks("json", &[("on_play", path)]);
        assert_eq!(hooks.ask(&call(Occasion::Play)).await, verdict, "{path}");
    }
}

#[tokio::test]
async fn the_fields_are_those_of_nginx_rtmp_and_of_srs() {
    let target = Target::start().await;
    let form = target.hooks("form", &[("on_publish", "/ok")]);
    form.ask(&call(Occasion::Publish)).await;
    let json = target.hooks("json", &[("on_connect", "/zero")]);
    json.ask(&call(Occasion::Connect)).await;
    let asked = target.asked(2).await;
    let (_, kind, body) = &asked[0];
    assert_eq!(kind, "application/x-www-form-urlencoded");
    let fields: HashMap<&str, &str> = body
        .split('&')
        .filter_map(|one| one.split_once('='))
        .collect();
    let expected = [
        ("call", "publish"),
        ("addr", "192.0.2.1"),
        ("clientid", "17"),
        ("app", "live"),
        ("name", "cam%20%26%201"),
        ("tcurl", "rtmp%3A%2F%2Fh%2Flive"),
        ("type", "live"),
        ("key", "s%20x"),
        ("a", "b"),
    ];
    for (name, value) in expected {
        assert_eq!(fields.get(name), Some(&value), "{body}");
    }
    let (_, kind, body) = &asked[1];
    assert_eq!(kind, "application/json");
    let object: serde_json::Value = serde_json::from_str(body).unwrap();
    let expected = [
        ("action", "on_connect"),
        ("client_id", "17"),
        ("ip", "192.0.2.1"),
        ("app", "live"),
        ("stream", "cam & 1"),
        ("param", "?key=s%20x&a=b"),
        ("tcUrl", "rtmp://h/live"),
    ];
    for (name, value) in expected {
        assert_eq!(object[name], value, "{body}");
    }
}

#[tokio::test]
async fn who_cannot_be_asked_does_not_allow_and_who_need_not_be_is_not() {
    tls::install_provider();
    // Nobody listens on a port that was just given back.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let asked = Asked::default();
    let target = Target {
        address: listener.local_addr().unwrap(),
        asked,
    };
    drop(listener);
    let hooks = target.hooks("form", &[("on_publish", "/ok"), ("on_done", "/ok")]);
    let verdict = hooks.ask(&call(Occasion::Publish)).await;
    assert_eq!(
        verdict,
        Verdict::Deny("the hook cannot be asked".to_owned())
    );
    assert_eq!(hooks.ask(&call(Occasion::Play)).await, Verdict::Allow);
}

#[tokio::test]
async fn ends_are_told_to_both_hooks() {
    let target = Target::start().await;
    let own = [("on_play_done", "/play"), ("on_publish_done", "/publish")];
    let hooks = target.hooks(
        "form",
        &[
            &own[..],
            &[("on_done", "/done"), ("on_record_done", "/file")],
        ]
        .concat(),
    );
    hooks.tell(call(Occasion::PlayDone));
    hooks.tell(call(Occasion::PublishDone));
    let mut recorded = call(Occasion::RecordDone);
    recorded.file = Some("/tmp/a b.flv".to_owned());
    hooks.tell(recorded);
    let mut paths: Vec<(String, bool)> = target
        .asked(5)
        .await
        .into_iter()
        .map(|(path, _, body)| (path, body.contains("path=%2Ftmp%2Fa%20b.flv")))
        .collect();
    paths.sort();
    let paths: Vec<(&str, bool)> = paths
        .iter()
        .map(|(path, has_file)| (path.as_str(), *has_file))
        .collect();
    assert_eq!(
        paths,
        [
            ("/done", false),
            ("/done", false),
            ("/file", true),
            ("/play", false),
            ("/publish", false)
        ]
    );
}

#[tokio::test]
async fn a_slow_hook_holds_nobody_up_and_nothing_grows() {
    let target = Target::start().await;
    let hooks = target.hooks("form", &[("on_play_done", "/slow")]);
    let begin = tokio::time::Instant::now();
    for _ in 0..10_000 {
        hooks.tell(call(Occasion::PlayDone));
    }
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "telling never waits"
    );
    tokio::time::sleep(Duration::from_millis(200)).await;
    let under_way = target.asked.lock().unwrap().len();
    assert!((1..=MOST_UNDER_WAY).contains(&under_way), "{under_way}");
}
