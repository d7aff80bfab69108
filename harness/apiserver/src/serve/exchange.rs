//! One connection: HTTP requests in, answers and watch streams out.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Bytes, Frame, Incoming};
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio_rustls::server::TlsStream;

use super::Shared;
use crate::{Body, Request, Response, WatchStream};

/// Larger bodies are refused (kube-apiserver: 3 MiB).
const LARGEST: usize = 3 * 1024 * 1024;
/// How often a silent watch looks whether its time is over.
const BEAT: Duration = Duration::from_millis(250);

/// Runs hyper's futures on this thread.
#[derive(Clone, Copy)]
struct Here;

impl<F: Future + 'static> hyper::rt::Executor<F> for Here {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(async move {
            future.await;
        });
    }
}

/// Serves a connection until it ends.
pub(crate) async fn run(stream: TlsStream<TcpStream>, shared: Shared, news: Rc<Notify>) {
    let service = hyper::service::service_fn(move |request| {
        let (shared, news) = (shared.clone(), news.clone());
        async move { Ok::<_, Infallible>(answer(request, shared, news).await) }
    });
    // A connection that breaks is the client's affair.
    let _ = Builder::new(Here).serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    request: hyper::Request<Incoming>,
    shared: Shared,
    news: Rc<Notify>,
) -> hyper::Response<Stream> {
    let head = request.method() == hyper::Method::HEAD;
    let response = match read(request).await {
        Ok(request) => respond(request, &shared, &news),
        Err(response) => response,
    };
    let mut built = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        built = built.header(name.as_str(), value.as_str());
    }
    let body = match response.body {
        Body::Bytes(_) if head => Stream::Whole(None),
        Body::Bytes(bytes) => Stream::Whole(Some(bytes.into())),
        Body::Watch(watch) => Stream::Events(follow(watch, shared, news)),
    };
    built.body(body).unwrap_or_else(|_| hyper::Response::new(Stream::Whole(None)))
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, Response> {
    let (head, body) = request.into_parts();
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let mut read = Request {
        method: head.method.as_str().to_owned(),
        path: decode(head.uri.path(), false),
        query: query(head.uri.query().unwrap_or_default()),
        headers: headers.collect(),
        body: Vec::new(),
    };
    match Limited::new(body, LARGEST).collect().await {
        Ok(body) => {
            read.body = body.to_bytes().to_vec();
            Ok(read)
        }
        Err(_) => {
            let text = "Request entity too large: limit is 3145728";
            let status = client::Status::new(413, "RequestEntityTooLarge", text);
            Err(crate::answer::refused(&status, &[], &read))
        }
    }
}

fn query(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key, true), decode(value, true))
        })
        .collect()
}

fn decode(text: &str, plus: bool) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = (byte == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (hex, byte) {
            (Some(decoded), _) => {
                out.push(decoded);
                at += 3;
                continue;
            }
            (None, b'+') if plus => out.push(b' '),
            (None, byte) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Answers at once; the world then does what the request set going.
fn respond(mut request: Request, shared: &Shared, news: &Notify) -> Response {
    let mut world = shared.borrow_mut();
    if let Err(response) = admit(&mut request, &world) {
        return response;
    }
    let now = world.clock.now();
    let before = world.server.revision();
    let response = world.server.handle(now, &request);
    world.settle();
    if world.server.revision() != before {
        news.notify_waiters();
    }
    response
}

/// The administrator's token or one that the API gave out; without any, the caller is anonymous.
fn admit(request: &mut Request, world: &super::World) -> Result<(), Response> {
    let bearer = request.header("authorization").and_then(|text| text.strip_prefix("Bearer "));
    match bearer {
        Some(token) if token == world.token => {
            request.headers.retain(|(name, _)| name != "authorization");
            Ok(())
        }
        Some(token) if world.server.issued(token) => Ok(()),
        None => {
            request
                .headers
                .retain(|(name, _)| name != "authorization" && !name.starts_with("impersonate-"));
            let anonymous = ("impersonate-user".to_owned(), "system:anonymous".to_owned());
            request.headers.push(anonymous);
            Ok(())
        }
        _ => {
            let status = client::Status::new(401, "Unauthorized", "Unauthorized");
            Err(crate::answer::refused(&status, &[], request))
        }
    }
}

/// Reads a watch whenever there is news, until it or its client ends.
fn follow(mut watch: Box<WatchStream>, shared: Shared, news: Rc<Notify>) -> mpsc::Receiver<Bytes> {
    let (sender, receiver) = mpsc::channel(16);
    tokio::task::spawn_local(async move {
        loop {
            let woken = news.notified();
            let chunk = {
                let mut world = shared.borrow_mut();
                let now = world.clock.now();
                world.server.read_watch(now, &mut watch)
            };
            if !chunk.bytes.is_empty() && sender.send(chunk.bytes.into()).await.is_err() {
                return;
            }
            if chunk.closed || sender.is_closed() {
                return;
            }
            // Time over is no error: it is the beat.
            let _ = tokio::time::timeout(BEAT, woken).await;
        }
    });
    receiver
}

/// The body of an answer.
enum Stream {
    Whole(Option<Bytes>),
    Events(mpsc::Receiver<Bytes>),
}

impl hyper::body::Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut *self {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Events(receiver) => {
                receiver.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        match self {
            Self::Whole(bytes) => {
                let length = bytes.as_ref().map_or(0, Bytes::len);
                hyper::body::SizeHint::with_exact(length as u64)
            }
            Self::Events(_) => hyper::body::SizeHint::default(),
        }
    }
}
