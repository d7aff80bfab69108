//! A real Kubernetes API behind the narrow face, reached through a kubeconfig context.
//!
//! Knows kubeconfigs, HTTP and the thread on which sockets live. Must not know Flux,
//! scenarios or the embedded API. Start at [`Connection::open`].

mod answer;
mod bell;
mod call;
mod error;
mod kubeconfig;
mod request;
mod slot;
mod watch;
mod wire;

pub use bell::Bell;
pub use call::Connection;
pub use error::ConnectError;
pub use kubeconfig::Context;
