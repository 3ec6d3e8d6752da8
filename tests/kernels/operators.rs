//! Our operators called by an archive, with what no rewrite gives them: an error each, and nothing read that is not there.

use std::fs::File;
use std::path::Path;

use glyxel::torch::{self, Device, Module, Precision, Program};
use tch::{Kind, Tensor};

use super::support::{available, exact, Traced};

fn run(archive: &Path) -> glyxel::Result<Tensor> {
    let module = Module::load(File::open(archive).unwrap(), Device::Cpu)?;
    let program = Program::with(module, &["run"], Device::Cpu, true)?;
    let x = Tensor::zeros([2, 8], (Kind::Float, tch::Device::Cpu));
    program.run_one("run", &[x.into()])
}

#[test]
fn what_an_archive_calls_them_with_is_looked_at() {
    torch::start_compute_thread(Device::Cpu, 2).unwrap();
    // With the first program they become known.
    let (x, weight) = (exact(&[2, 8]), exact(&[4, 8]));
    Traced::new(&[("w", &weight)], &[&x], |x| x[0].linear(&weight, None::<Tensor>)).program(Precision::F32);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/operators");
    let mut archives: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    archives.sort();
    assert!(archives.len() > 16, "{archives:?}");
    for archive in archives {
        let result = run(&archive);
        if archive.ends_with("right.pt") && available(Precision::F32) {
            assert_eq!(result.unwrap().size(), [2, 16]);
        } else {
            let error = result.expect_err(&archive.display().to_string()).to_string();
            println!("{}: {error}", archive.display());
            // It was the operator that was asked.
            assert!(
                ["a layer", "a linear", "a convolution", "an operator"]
                    .iter()
                    .any(|of| error.contains(of)),
                "{error}"
            );
        }
    }
}
