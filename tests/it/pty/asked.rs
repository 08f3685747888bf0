//! Gates outside, with the real binary: a model on this machine gives its opinion, and a person lets orders go.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::json;

use crate::pty::session::Session;
use crate::support::program::object;

/// What opens the model's door; marked, so that it is found wherever it comes out.
const KEY: &str = "marked-key-of-nobody";

/// Answers so many questions: it would veto whatever is about MSFT. Returns what it was asked.
fn model(listener: &TcpListener, questions: usize) -> Vec<String> {
    let answer = |mut stream: TcpStream| {
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let mut asked = String::new();
        let mut chunk = [0; 4096];
        // The body is one JSON document, and its last key is the last that comes.
        while !asked.ends_with("\"stream\":false}") {
            let count = stream.read(&mut chunk).unwrap();
            assert!(count > 0, "half a question: {asked}");
            asked.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
        }
        let veto = asked.contains("MSFT");
        let opinion = json!({ "veto": veto, "confidence": 0.97, "reason": "earnings in an hour" });
        let body =
            json!({ "choices": [{ "message": { "content": opinion.to_string() } }] }).to_string();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        asked
    };
    let streams = listener.incoming().take(questions);
    streams.map(|stream| answer(stream.unwrap())).collect()
}

#[test]
fn a_model_is_asked_and_a_person_lets_the_order_go() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = std::thread::spawn(move || model(&listener, 2));
    let config = folder.path().join("config");
    std::fs::create_dir_all(&config).unwrap();
    let text = format!(
        "[desk]\nhuman_veto = \"opening\"\nhuman_veto_s = 600\n\n\
         [cro]\nurl = \"http://{address}/v1\"\nmodel = \"m\"\nkey_env = \"DESK_MODEL_KEY\"\n\n\
         [[fund]]\nfund_id = \"paper-momentum\"\n\n[fund.envelope]\ncro_veto_enabled = true\ncro_veto_timeout_s = 20\n"
    );
    std::fs::write(config.join("desk.toml"), text).unwrap();
    let variables = [("DESK_MODEL_KEY", Some(KEY))];
    let mut session = Session::start_in(&variables, folder.path(), &[], (200, 56));
    session.wait_for_price("AAPL");
    session.keys("b");
    session.wait_for("Ticket · BUY AAPL");
    session.keys("100\r");
    session.wait("the review, and who will be asked", |screen| {
        screen.contains("y send")
            && screen.contains("the model is asked")
            && screen.contains("a person is asked")
    });
    session.keys("y");
    session.wait_for("1 waiting");
    session.wait_for("waits for a person");
    session.keys("p");
    session.wait_for("Let it go? buy 100 AAPL market");
    session.keys("\r");
    session.wait_for_position("AAPL", "100");

    session.keys("j");
    session.wait_for("2 MSFT · ");
    session.keys("b");
    session.wait_for("Ticket · BUY MSFT");
    session.keys("10\r");
    session.wait_for("y send");
    session.keys("y");
    session.wait_for("vetoed at 0.97");
    session.keys("q");
    assert_eq!(session.ended(), 0);

    let asked = asked.join().unwrap();
    assert!(
        asked.iter().all(|it| it.contains(KEY)),
        "the model's server is given its key"
    );
    let replay = object(folder.path(), &["journal", "replay", "--rejudge"]);
    assert!(replay["hash"].is_string(), "{replay}");
    let mut kept = Vec::new();
    for entry in std::fs::read_dir(folder.path().join("data")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            kept.extend(std::fs::read(path).unwrap());
        }
    }
    let holds = |text: &str| kept.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(
        holds("chief risk officer") && holds("earnings in an hour"),
        "the exchange is journaled"
    );
    assert!(!holds(KEY), "and the key is not");
}

#[test]
fn a_key_that_is_not_there_is_said_before_the_screen_opens() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::create_dir_all(&config).unwrap();
    let text =
        "[cro]\nurl = \"http://127.0.0.1:1/v1\"\nmodel = \"m\"\nkey_env = \"DESK_MODEL_KEY\"\n";
    std::fs::write(config.join("desk.toml"), text).unwrap();
    let variables = [("DESK_MODEL_KEY", None)];
    let mut session = Session::start_in(&variables, folder.path(), &[], (120, 36));
    assert_ne!(session.ended(), 0);
    let screen = session.text();
    assert!(
        screen.contains("DESK_MODEL_KEY") && screen.contains("is not set"),
        "{screen}"
    );
}
