//! A local stand-in for the venue: accepts WebSocket connections and plays a script on each.
//!
//! Speaks the venue's own messages with made-up numbers. Every wait is bounded.

use std::future::Future;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

/// Longest wait of any step of a test.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Starts a server; `script` gets each accepted connection with its number, from 0.
pub async fn serve<F, S>(script: S) -> (String, JoinHandle<()>)
where
    S: Fn(Peer, usize) -> F + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("ws://{}/v2", listener.local_addr().expect("an address"));
    let task = tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.expect("a connection");
            let socket = accept_async(stream).await.expect("a handshake");
            script(Peer { socket }, number).await;
        }
    });
    (url, task)
}

/// One accepted connection, from the venue's side.
pub struct Peer {
    socket: WebSocketStream<TcpStream>,
}

impl Peer {
    /// Sends a text message.
    pub async fn send(&mut self, text: impl Into<String>) {
        // The other side may be gone already, which some scripts want.
        let _ = self.socket.send(Message::text(text.into())).await;
    }

    /// Sends a binary message.
    pub async fn send_binary(&mut self, bytes: Vec<u8>) {
        let _ = self.socket.send(Message::binary(bytes)).await;
    }

    /// Waits for the next request; nothing when the other side is gone.
    pub async fn request(&mut self) -> Option<Value> {
        loop {
            match timeout(PATIENCE, self.socket.next()).await.ok()? {
                Some(Ok(Message::Text(text))) => {
                    return Some(serde_json::from_str(&text).expect("requests are JSON"));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// Greets, then answers subscriptions until all of `channels` have come; returns the symbols of each.
    pub async fn welcome(&mut self, channels: &[&str]) -> Vec<(String, Vec<String>)> {
        self.send(r#"{"channel":"status","type":"update","data":[{"system":"online","api_version":"v2","connection_id":17,"version":"2.0.9"}]}"#).await;
        let mut seen = Vec::new();
        while seen.len() < channels.len() {
            let Some(request) = self.request().await else {
                break;
            };
            seen.push(self.accept(&request).await);
        }
        let named: Vec<_> = seen.iter().map(|(channel, _)| channel.as_str()).collect();
        assert_eq!(named, channels);
        seen
    }

    /// Accepts one subscription, a symbol at a time as the venue does.
    pub async fn accept(&mut self, request: &Value) -> (String, Vec<String>) {
        assert_eq!(request["method"], "subscribe");
        let channel = request["params"]["channel"].as_str().expect("a channel");
        let symbols: Vec<String> = request["params"]["symbol"]
            .as_array()
            .expect("symbols")
            .iter()
            .map(|symbol| symbol.as_str().expect("a text").to_owned())
            .collect();
        for symbol in &symbols {
            let req_id = &request["req_id"];
            self.send(format!(
                r#"{{"method":"subscribe","result":{{"channel":"{channel}","symbol":"{symbol}","snapshot":true}},"success":true,"time_in":"2026-03-02T10:00:00.1Z","time_out":"2026-03-02T10:00:00.2Z","req_id":{req_id}}}"#
            ))
            .await;
        }
        (channel.to_owned(), symbols)
    }

    /// Keeps the connection until the other side leaves, saying nothing.
    pub async fn linger(&mut self) {
        while self.request().await.is_some() {}
    }

    /// Sends the first half of a WebSocket frame, then drops the connection.
    pub async fn half_frame(self) {
        use tokio::io::AsyncWriteExt;
        let mut stream = self.socket.into_inner();
        // Text, final, 64 bytes announced, 11 sent.
        let _ = stream.write_all(b"\x81\x40{\"channel\":").await;
        let _ = stream.flush().await;
    }
}

/// Writes a ticker message.
pub fn ticker(symbol: &str, bid: &str, ask: &str) -> String {
    format!(
        r#"{{"channel":"ticker","type":"update","data":[{{"symbol":"{symbol}","bid":{bid},"bid_qty":1.50000000,"ask":{ask},"ask_qty":0.25,"last":{bid},"volume":10.5,"vwap":{bid},"low":{bid},"high":{ask},"change":0.1,"change_pct":0.01}}]}}"#
    )
}
