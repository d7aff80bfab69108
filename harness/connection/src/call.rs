//! A connection, from the side of the world.
//!
//! One rule: sockets live on a thread of their own, the world on its own; between them
//! go calls, answers and changes. Start at [`Connection::open`].

use std::future::Future;
use std::sync::Arc;

use client::{Answer, Api, Call, Resource, Status, Watch};
use objects::{Gvk, Value};
use tokio::runtime::{Builder, Runtime};

use crate::slot::{Taker, pair};
use crate::watch::Watcher;
use crate::wire::Wire;
use crate::{Bell, ConnectError, Context};

/// A real cluster's API, under the rights of a kubeconfig context.
pub struct Connection {
    wire: Arc<Wire>,
    runtime: Runtime,
    bell: Bell,
    url: String,
    version: String,
}

impl Connection {
    /// Connects to the cluster of a context and asks for its version.
    ///
    /// # Errors
    /// If the context is not there, cannot be used, or nothing answers.
    pub fn open(context: &Context) -> Result<Self, ConnectError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|problem| ConnectError::Thread(problem.to_string()))?;
        let config = runtime.block_on(context.config())?;
        let url = config.cluster_url.to_string();
        let unusable = |problem: kube::Error| ConnectError::Unusable {
            name: context.name.clone(),
            reason: crate::answer::chain(&problem),
        };
        let client = {
            // The client's buffer is a task of this runtime.
            let _entered = runtime.enter();
            kube::Client::try_from(config).map_err(unusable)?
        };
        let wire = Arc::new(Wire::new(client));
        let silent = |refusal: Status| ConnectError::Silent {
            name: context.name.clone(),
            url: url.clone(),
            reason: refusal.message,
        };
        let version = runtime.block_on(wire.get("/version")).map_err(silent)?;
        let version = version.str_at(&["gitVersion"]).unwrap_or_default().to_owned();
        Ok(Self { wire, runtime, bell: Bell::default(), url, version })
    }

    /// Rung when something arrived: then what waits should be polled.
    #[must_use]
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// Where the API is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The version the server names, such as `v1.36.3`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// One call, waited for.
    ///
    /// # Errors
    /// The refusal, as the server words it.
    pub fn now(&self, call: &Call) -> Result<Value, Status> {
        self.runtime.block_on(self.wire.call(call))
    }

    fn start<T, F>(&self, work: F) -> Taker<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let (giver, taker) = pair(&self.bell);
        self.runtime.spawn(async move { giver.give(work.await) });
        taker
    }
}

fn lost() -> Status {
    Status::new(503, "ServiceUnavailable", "the connection's thread is gone")
}

impl Api for Connection {
    fn call(&self, call: Call) -> Answer<'_, Value> {
        let wire = Arc::clone(&self.wire);
        let taker = self.start(async move { wire.call(&call).await });
        Box::pin(async move { taker.await.unwrap_or_else(|| Err(lost())) })
    }

    fn resource(&self, gvk: &Gvk) -> Answer<'_, Resource> {
        let (wire, gvk) = (Arc::clone(&self.wire), gvk.clone());
        let taker = self.start(async move { wire.resource(&gvk).await });
        Box::pin(async move { taker.await.unwrap_or_else(|| Err(lost())) })
    }

    fn watch(&self, gvk: &Gvk) -> Result<Box<dyn Watch>, Status> {
        let resource = self.runtime.block_on(self.wire.resource(gvk))?;
        let (mut watcher, changes) =
            Watcher::new(Arc::clone(&self.wire), resource, self.bell.clone());
        self.runtime.block_on(watcher.list())?;
        self.runtime.spawn(watcher.run());
        Ok(Box::new(changes))
    }
}
