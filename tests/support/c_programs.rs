//! C programs against libglyxel.so, compiled as strictly as the header promises.

use std::path::{Path, PathBuf};
use std::process::Command;

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn library() -> PathBuf {
    let library = root().join("target/release/libglyxel.so");
    assert!(
        library.exists(),
        "{} is not there: run `make build` first, or `make test`, which does",
        library.display()
    );
    library
}

/// Compiles `source`, a path below the repository, into a program in `folder`.
pub fn compile(source: &str, folder: &Path) -> PathBuf {
    let source = root().join(source);
    let program = folder.join(source.file_stem().unwrap());
    let library = library();
    let compiled = Command::new("cc")
        .args(["-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I"])
        .arg(root().join("include"))
        .arg(source)
        .arg("-o")
        .arg(&program)
        .args(["-lpthread", "-ldl", "-lm"])
        .arg(format!("-L{}", library.parent().unwrap().display()))
        .arg("-lglyxel")
        .arg(format!("-Wl,-rpath,{}", library.parent().unwrap().display()))
        .output()
        .unwrap();
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    program
}
