//! Requests and answers on the thread of sockets.
//!
//! One rule: nothing is tried twice; an answer is the server's. Start at [`Wire::call`].

mod discovery;

use std::time::Duration;

use client::{Call, Resource, Status};
use http::Request;
use http_body_util::{BodyExt, Limited};
use kube::client::Body;
use objects::{Gvk, Value};

use crate::{answer, request};
use discovery::Discovery;

/// The largest answer that is read.
const MOST_BYTES: usize = 256 << 20;
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client and what it knows of the API.
pub(crate) struct Wire {
    pub(crate) client: kube::Client,
    discovery: Discovery,
}

impl Wire {
    pub(crate) fn new(client: kube::Client) -> Self {
        Self { client, discovery: Discovery::default() }
    }

    pub(crate) async fn resource(&self, gvk: &Gvk) -> Result<Resource, Status> {
        self.discovery.find(self, gvk).await
    }

    pub(crate) async fn call(&self, call: &Call) -> Result<Value, Status> {
        let resource = self.resource(&call.target.gvk).await?;
        self.send(request::of(call, &resource)?).await
    }

    /// What stands at a path.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Status> {
        let request = Request::get(path).header("Accept", "application/json").body(Vec::new());
        let request = request.map_err(|problem| {
            Status::new(400, "BadRequest", format!("invalid path {path:?}: {problem}"))
        })?;
        self.send(request).await
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Value, Status> {
        let what = format!("{} {}", request.method(), request.uri().path());
        let answered = tokio::time::timeout(PATIENCE, self.exchange(request, &what)).await;
        let (code, body) = answered.map_err(|problem| answer::silence(&what, &problem))??;
        answer::read(code, &body)
    }

    async fn exchange(
        &self,
        request: Request<Vec<u8>>,
        what: &str,
    ) -> Result<(u16, Vec<u8>), Status> {
        let sent = self.client.send(request.map(Body::from)).await;
        let answer = sent.map_err(|problem| answer::silence(what, &problem))?;
        let code = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), MOST_BYTES).collect().await;
        let body = body.map_err(|problem| answer::silence(what, problem.as_ref()))?;
        Ok((code, body.to_bytes().to_vec()))
    }
}
