//! The embedded API on a loopback TLS socket, for kubectl, helm and real controllers.
//!
//! The one place of this crate that knows sockets. Time is real here; one
//! thread, and the API is never entered twice. Start at [`serve`].

mod certificate;
mod exchange;
mod kubeconfig;

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use clock::{Clock, Moment};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use crate::ApiServer;

/// What moves the world behind the API: workloads, controllers.
pub trait Driver {
    /// Does what is due; says whether anything changed.
    fn tick(&mut self, now: Moment, server: &mut ApiServer) -> bool;

    /// When there is something to do next.
    fn next_due(&self) -> Option<Moment>;
}

/// A world that stands still: only what clients write happens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Still;

impl Driver for Still {
    fn tick(&mut self, _now: Moment, _server: &mut ApiServer) -> bool {
        false
    }

    fn next_due(&self) -> Option<Moment> {
        None
    }
}

/// Where to listen, and whom to let in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Door {
    /// Port on 127.0.0.1; 0 for any free one.
    pub port: u16,
    /// The administrator's bearer token; made anew where absent.
    pub token: Option<String>,
    /// Where the kubeconfig is written; a file in the temporary folder where absent.
    pub kubeconfig: Option<PathBuf>,
}

/// An open door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serving {
    /// `https://127.0.0.1:PORT`
    pub url: String,
    /// The administrator's token.
    pub token: String,
    /// The kubeconfig that was written; removed at the end.
    pub kubeconfig: PathBuf,
}

/// Why serving failed.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port cannot be had.
    #[error("listening on 127.0.0.1:{port}: {reason}")]
    Listen {
        /// The port.
        port: u16,
        /// What the system says.
        reason: String,
    },
    /// No certificate.
    #[error("making a certificate: {0}")]
    Certificate(String),
    /// The kubeconfig cannot be written.
    #[error("writing {path}: {reason}")]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The runtime cannot start.
    #[error("starting the runtime: {0}")]
    Runtime(String),
}

/// The world between two requests.
struct World {
    server: ApiServer,
    driver: Box<dyn Driver>,
    clock: Clock,
    token: String,
}

impl World {
    /// Lets everything that is due happen.
    fn settle(&mut self) {
        for _ in 0..1_000 {
            let now = self.clock.now();
            let own = self.server.tick(now);
            let driven = self.driver.tick(now, &mut self.server);
            if !own && !driven {
                return;
            }
        }
    }

    /// How long until something is due; at most a while, because requests come in between.
    fn pause(&self) -> Duration {
        let most = Duration::from_millis(200);
        let now = self.clock.now();
        let due = [self.server.next_due(), self.driver.next_due()].into_iter().flatten().min();
        due.map_or(most, |due| due.since(now).min(most)).max(Duration::from_millis(1))
    }
}

type Shared = Rc<RefCell<World>>;

/// Serves until SIGINT or SIGTERM, whose number it gives; tells `ready` where, once the door is open.
///
/// # Errors
/// If the door cannot be opened.
pub fn serve(
    server: ApiServer,
    driver: Box<dyn Driver>,
    door: &Door,
    ready: impl FnOnce(&Serving),
) -> Result<i32, ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|problem| ServeError::Runtime(problem.to_string()))?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, open(server, driver, door, ready))
}

async fn open(
    server: ApiServer,
    driver: Box<dyn Driver>,
    door: &Door,
    ready: impl FnOnce(&Serving),
) -> Result<i32, ServeError> {
    let refused = |problem: std::io::Error| ServeError::Listen {
        port: door.port,
        reason: problem.to_string(),
    };
    let mut ends = Ends::watch();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, door.port));
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let port = listener.local_addr().map_err(refused)?.port();
    let clock = Clock::real();
    let identity = certificate::make(clock.now())?;
    let token = door.token.clone().unwrap_or(identity.token);
    let url = format!("https://127.0.0.1:{port}");
    let path = door.kubeconfig.clone();
    let path =
        path.unwrap_or_else(|| std::env::temp_dir().join(format!("fluxrig-{port}.kubeconfig")));
    kubeconfig::write(&path, &url, &identity.authority, &token)?;
    let world = World { server, driver, clock, token: token.clone() };
    let shared: Shared = Rc::new(RefCell::new(world));
    let news = Rc::new(Notify::new());
    ready(&Serving { url, token, kubeconfig: path.clone() });
    let tls = TlsAcceptor::from(identity.config);
    let signal = tokio::select! {
        biased;
        signal = ends.next() => signal,
        () = accept(&listener, &tls, &shared, &news) => 0,
        () = drive(&shared, &news) => 0,
    };
    remove(&path);
    Ok(signal)
}

fn remove(path: &Path) {
    // The door is closed; a kubeconfig that stays behind opens nothing.
    let _ = std::fs::remove_file(path);
}

/// The signals that end it, watched from now on.
struct Ends(Option<[(Signal, i32); 2]>);

impl Ends {
    fn watch() -> Self {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
        let [first, second] = kinds.map(|kind| Some((signal(kind).ok()?, kind.as_raw_value())));
        Self(first.zip(second).map(|(first, second)| [first, second]))
    }

    /// The number of the first that comes.
    async fn next(&mut self) -> i32 {
        let Some([(first, one), (second, two)]) = &mut self.0 else {
            return std::future::pending().await;
        };
        tokio::select! {
            biased;
            _ = first.recv() => *one,
            _ = second.recv() => *two,
        }
    }
}

async fn accept(listener: &TcpListener, tls: &TlsAcceptor, shared: &Shared, news: &Rc<Notify>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let connection = connect(stream, tls.clone(), shared.clone(), news.clone());
        tokio::task::spawn_local(connection);
    }
}

async fn connect(stream: TcpStream, tls: TlsAcceptor, shared: Shared, news: Rc<Notify>) {
    // A handshake that fails is the client's affair.
    let _ = stream.set_nodelay(true);
    if let Ok(stream) = tls.accept(stream).await {
        exchange::run(stream, shared, news).await;
    }
}

/// Moves the world on while no request does.
async fn drive(shared: &Shared, news: &Notify) {
    loop {
        let (pause, changed) = {
            let mut world = shared.borrow_mut();
            let before = world.server.revision();
            world.settle();
            (world.pause(), world.server.revision() != before)
        };
        if changed {
            news.notify_waiters();
        }
        tokio::time::sleep(pause).await;
    }
}
