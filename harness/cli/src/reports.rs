//! Reports that are written beside the terminal's.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::str::FromStr;

use report::{Annotations, Fanout, JsonLines, Junit, StepSummary};

use crate::failure::Complaint;

/// One `--report KIND=FILE`.
#[derive(Debug, Clone)]
pub(crate) struct ReportTarget {
    kind: Kind,
    file: PathBuf,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Junit,
    Json,
    Github,
    Summary,
}

impl FromStr for ReportTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, file) =
            text.split_once('=').ok_or("write KIND=FILE, such as junit=report.xml")?;
        let kind = match kind {
            "junit" => Kind::Junit,
            "json" => Kind::Json,
            "github" => Kind::Github,
            "summary" => Kind::Summary,
            other => return Err(format!("{other:?} is none of junit, json, github, summary")),
        };
        if file.is_empty() {
            return Err("write a file behind `=`, or - for standard output".to_owned());
        }
        Ok(Self { kind, file: PathBuf::from(file) })
    }
}

impl ReportTarget {
    pub(crate) fn is_stdout(&self) -> bool {
        self.file.as_os_str() == "-"
    }

    /// Opens the file and adds the report.
    pub(crate) fn add_to(&self, fanout: &mut Fanout) -> Result<(), Complaint> {
        let name = self.file.display().to_string();
        let writer: Box<dyn Write> = if self.is_stdout() {
            Box::new(io::stdout())
        } else {
            let file = File::create(&self.file);
            let file = file.map_err(|cause| Complaint::Report { name: name.clone(), cause })?;
            Box::new(BufWriter::new(file))
        };
        match self.kind {
            Kind::Junit => fanout.add(name, Junit::new(writer)),
            Kind::Json => fanout.add(name, JsonLines::new(writer)),
            Kind::Github => fanout.add(name, Annotations::new(writer)),
            Kind::Summary => fanout.add(name, StepSummary::new(writer)),
        }
        Ok(())
    }
}
