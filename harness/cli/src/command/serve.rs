//! `fluxrig serve`: the embedded API on a loopback socket, for kubectl and other clients.

mod workloads;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use apiserver::serve::{Door, Driver, Still, serve};
use apiserver::{ApiServer, Settings};
use clap::Args;
use clock::Clock;

use crate::interrupt::code_of;
use workloads::Workloads;

/// Serve an embedded cluster on 127.0.0.1, workloads moving, until interrupted.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Port on 127.0.0.1; any free one by default
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Bearer token of the administrator; made anew by default
    #[arg(long)]
    token: Option<String>,
    /// Kubernetes minor to be: 1.20 to 1.37
    #[arg(long, default_value = "1.36")]
    kubernetes: String,
    /// Where to write the kubeconfig
    #[arg(long)]
    kubeconfig: Option<PathBuf>,
    /// Only store objects: no controller or kubelet moves workloads
    #[arg(long)]
    still: bool,
}

/// From a client's write until controllers see it.
const LAG: Duration = Duration::from_millis(1_500);

impl Serve {
    pub(crate) fn run(self) -> ExitCode {
        let settings = Settings { kubernetes: self.kubernetes.clone(), ..Settings::default() };
        let server = match ApiServer::new(settings, Clock::real().now()) {
            Ok(server) => server,
            Err(problem) => {
                eprintln!("error: {problem}");
                return ExitCode::from(2);
            }
        };
        let door = Door { port: self.port, token: self.token, kubeconfig: self.kubeconfig };
        let driver: Box<dyn Driver> = match self.still {
            true => Box::new(Still),
            false => Box::new(Workloads::new(0, LAG)),
        };
        let served = serve(server, driver, &door, |open| {
            println!("Kubernetes {} on {}", self.kubernetes, open.url);
            println!("export KUBECONFIG={}", open.kubeconfig.display());
        });
        match served {
            Ok(signal) => u8::try_from(code_of(signal)).map_or(ExitCode::FAILURE, ExitCode::from),
            Err(problem) => {
                eprintln!("error: {problem}");
                ExitCode::from(3)
            }
        }
    }
}
