//! libtorch, processor, CUDA, versions.

use std::path::Path;

use glyxel::{engine, torch};

use super::Report;
use crate::session::Session;

/// Compiled in: what was built is what this says.
const LOCK: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"));

pub fn libtorch(report: &mut Report, session: &Session) {
    report.section("libtorch");
    report.find("version", torch::libtorch_version());
    report.find(
        "loaded from",
        torch::cuda::libtorch_folder().map(|folder| folder.display().to_string()),
    );
    // Starts a compute thread, as the first model would: it refuses a libtorch of another version.
    let starts = engine::compute(torch::Device::Cpu, &session.call(), |_| Ok(()));
    report.find("computes", starts.is_ok());
    if let Err(error) = starts {
        report.problem(error.to_string());
    }
}

pub fn cpu(report: &mut Report) {
    let described = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let fields = |wanted: &'static str| {
        described
            .lines()
            .filter_map(|line| line.split_once(':'))
            .filter(move |(name, _)| name.trim() == wanted)
            .map(|(_, value)| value.trim().to_string())
    };
    report.section("cpu");
    report.find(
        "name",
        fields("model name")
            .next()
            .unwrap_or_else(|| std::env::consts::ARCH.into()),
    );
    let sets = instruction_sets();
    report.find_shown("instructions", sets.clone(), sets.join(", "));
    let kernels = torch::kernels(torch::Precision::F32);
    let shown = kernels.unwrap_or("libtorch's: there are none of our own for this processor");
    report.find_shown("kernels", kernels, shown.into());
    let usable = std::thread::available_parallelism().map_or(1, |n| n.get());
    let all = fields("processor").count().max(usable);
    report.find_shown(
        "cores",
        usable,
        format!("{usable} of {all}, by affinity and cgroup quota"),
    );
    report.find("threads", engine::threads());
    let policy = std::env::var("OMP_WAIT_POLICY").ok();
    let shown = policy.clone().unwrap_or_else(|| {
        "not set: where libtorch's threads compute, they spin while they wait; on busy cores set it to passive".into()
    });
    report.find_shown("OMP_WAIT_POLICY", policy, shown);
}

/// Those that decide how fast models run.
fn instruction_sets() -> Vec<&'static str> {
    let mut sets = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        macro_rules! look {
            ($($name:tt)*) => { $(if std::arch::is_x86_feature_detected!($name) { sets.push($name); })* };
        }
        look!("avx2" "fma" "avxvnni" "avx512f" "avx512bw" "avx512vnni" "avx512bf16" "avx512fp16");
    }
    #[cfg(target_arch = "aarch64")]
    {
        macro_rules! look {
            ($($name:tt)*) => { $(if std::arch::is_aarch64_feature_detected!($name) { sets.push($name); })* };
        }
        look!("neon" "fp16" "dotprod" "bf16" "i8mm" "sve");
    }
    sets
}

pub fn cuda(report: &mut Report) {
    // Its version, where the kernel's side of the driver is to be seen (not in WSL2 and some containers).
    let version = std::fs::read_to_string("/proc/driver/nvidia/version").ok();
    let version = version.and_then(|text| text.lines().next().map(str::to_string));
    let driver = version.or_else(|| torch::cuda::driver().then(|| "found, its version is not stated".into()));
    let half = torch::cuda::libtorch_folder()
        .map(|folder| folder.join("libtorch_cuda.so"))
        .filter(|path| path.is_file());
    let usable = torch::cuda::open(0);
    report.section("cuda");
    report.find("driver", driver.clone());
    report.find("libtorch_cuda", half.as_deref().map(display));
    report.find("usable", usable.is_ok());
    // Without a driver there is nothing to be done, and nothing missing.
    if let (Err(error), true) = (usable, driver.is_some()) {
        report.hint(error.to_string());
    }
}

fn display(path: &Path) -> String {
    path.display().to_string()
}

pub fn versions(report: &mut Report) {
    report.section("versions");
    report.find("glyxel", env!("CARGO_PKG_VERSION"));
    report.find("tokenizers", locked("tokenizers"));
    let decoders: Vec<&str> = glyxel::image::decoders().collect();
    report.find("image decoders", decoders.join(", "));
}

fn locked(package: &str) -> Option<&'static str> {
    let entry = LOCK.split("[[package]]").find(|entry| {
        entry
            .lines()
            .any(|line| line.strip_prefix("name = \"").and_then(|l| l.strip_suffix('"')) == Some(package))
    })?;
    entry
        .lines()
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_by_exact_name() {
        assert_eq!(locked("glyxel"), Some(env!("CARGO_PKG_VERSION")));
        assert!(locked("tokenizers").is_some_and(|version| version.starts_with("0.")));
        assert_eq!(locked("tokenizer"), None);
    }
}
