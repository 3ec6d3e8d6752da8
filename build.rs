//! Compiles the C++ shim against the libtorch that torch-sys found, and lets tests and examples find it at run time.

use std::path::{Path, PathBuf};

const SHIM: &str = "src/torch/shim";

fn main() {
    let lib = PathBuf::from(std::env::var("DEP_TCH_LIBTORCH_LIB").expect("torch-sys says where libtorch is"));
    let include = lib.parent().expect("libtorch/lib has a parent").join("include");
    check_version(&include);

    let mut build = cc::Build::new();
    build
        .cpp(true)
        .std("c++17")
        .warnings(true)
        .extra_warnings(true)
        .flag("-Wno-unused-parameter")
        // The kernels read as groups of 4 bytes what was written as numbers of 2 or 1.
        .flag("-fno-strict-aliasing")
        .include(SHIM);
    for folder in [include.clone(), include.join("torch/csrc/api/include")] {
        build.flag("-isystem").flag(folder);
    }
    for folder in [
        SHIM.to_string(),
        format!("{SHIM}/kernels"),
        format!("{SHIM}/operators"),
        format!("{SHIM}/rewrites"),
    ] {
        println!("cargo:rerun-if-changed={folder}");
        for file in std::fs::read_dir(&folder).expect("the shim's folder is readable") {
            let file = file.expect("the shim's folder is readable").path();
            if file.extension().is_some_and(|e| e == "cpp") {
                build.file(file);
            }
        }
    }
    build.compile("glyxel_shim");
    // The command line looks where the shared library does: beside itself, or where make puts libtorch.
    println!("cargo:rustc-link-arg-bins=-Wl,-rpath,$ORIGIN:$ORIGIN/../libtorch/lib");
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", lib.display());
}

/// The pair of tch and libtorch is pinned: another libtorch would link and then compute something else, or crash.
fn check_version(include: &Path) {
    let header = include.join("torch/headeronly/version.h");
    println!("cargo:rerun-if-changed={}", header.display());
    let text = std::fs::read_to_string(&header).unwrap_or_default();
    let number = |name: &str| {
        text.lines().find_map(|l| {
            l.strip_prefix(&format!("#define TORCH_VERSION_{name} "))
                .map(|v| v.trim().to_string())
        })
    };
    let version = number("MAJOR").zip(number("MINOR"));
    if version != Some(("2".into(), "11".into())) {
        let found = version.map_or("an unknown version".into(), |(major, minor)| format!("{major}.{minor}"));
        panic!(
            "the libtorch at {} is {found}; glyxel needs 2.11 (run `make`, or set LIBTORCH to one)",
            include.display()
        );
    }
}
