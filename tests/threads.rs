//! What computes while our own threads do. Alone in its process: it counts the process's threads.
#![cfg(target_os = "linux")]

use std::io::Cursor;

use glyxel::torch::{self, trace, Device, Module, Program, Value};
use tch::{Kind, Tensor};

fn random(shape: &[i64]) -> Tensor {
    Tensor::randn(shape, (Kind::Float, tch::Device::Cpu))
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

/// A product on our own kernel, then what libtorch has OpenMP do, a sum, and what it has MKL do, logarithms.
fn module() -> Vec<u8> {
    let weight = random(&[512, 512]);
    let mut module = Module::empty().unwrap();
    module.set_parameter("weight", &weight).unwrap();
    trace(&mut module, "run", &[("x", random(&[2, 512]).into())], |x| {
        let Value::Tensor(x) = &x[0] else { panic!("a list") };
        let y = x.linear(&weight, None::<Tensor>).abs() + 1;
        Ok(vec![y.log().sum(Kind::Float).into()])
    })
    .unwrap();
    let mut archive = Vec::new();
    module.save(&mut archive, &[]).unwrap();
    archive
}

#[test]
fn no_thread_of_libtorchs_joins_our_own() {
    // Tracing computes; libtorch's threads there go with the thread that they belong to.
    let module = std::thread::spawn(module).join().unwrap();
    torch::start_compute_thread(Device::Cpu, 4).unwrap();
    let module = Module::load(Cursor::new(module), Device::Cpu).unwrap();
    let program = Program::new(module, &["run"], Device::Cpu).unwrap();
    let large = random(&[4096, 512]);
    let Some(own) = program.threads("run").unwrap() else {
        return; // this processor has no kernel of ours
    };
    let helpers = 3;
    let before = threads();
    let sum = program.run_one("run", &[large.shallow_clone().into()]).unwrap();
    assert!(sum.double_value(&[]) > 0.);
    assert!(threads() <= before + helpers, "{before} threads became {}", threads());
    drop(own);
    let before = threads();
    let _ = (large.abs() + 1).log();
    assert!(threads() > before, "libtorch has one thread ever after");
}
