//! What packing a model's weights does to memory. Alone in its process: other tests would be measured with it.

use glyxel::torch::{self, trace, Device, Module, Program, Value};
use tch::{Kind, Tensor};

fn random(shape: &[i64]) -> Tensor {
    Tensor::randn(shape, (Kind::Float, tch::Device::Cpu))
}

fn resident_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.
}

/// Two methods, each a chain of products with the same four square weights.
fn chains(width: i64) -> Module {
    let weights: Vec<Tensor> = (0..4).map(|_| random(&[width, width])).collect();
    let mut module = Module::empty().unwrap();
    for (i, weight) in weights.iter().enumerate() {
        module.set_parameter(&format!("weight_{i}"), weight).unwrap();
    }
    for method in ["first", "second"] {
        trace(&mut module, method, &[("x", random(&[2, width]).into())], |x| {
            let Value::Tensor(x) = &x[0] else { panic!("a list") };
            let chain = |x: Tensor, w: &Tensor| x.linear(w, None::<Tensor>).relu();
            Ok(vec![weights.iter().fold(x.shallow_clone(), chain).into()])
        })
        .unwrap();
    }
    module
}

#[test]
fn packing_frees_the_original_weights() {
    torch::start_compute_thread(Device::Cpu, 2).unwrap();
    let load = |module| Program::new(module, &["first", "second"], Device::Cpu).unwrap();
    // What a process pays once (libtorch's code, oneDNN's kernels) is no matter of the weights.
    let small = load(chains(512));
    assert!(small.run_one("second", &[random(&[2, 512]).into()]).is_ok());

    const MEGABYTES: f64 = 256.;
    let module = chains(4096);
    let before = resident_megabytes();
    let program = load(module);
    let grown = resident_megabytes() - before;
    assert!(
        grown < 0.1 * MEGABYTES,
        "packing {MEGABYTES} MB of weights took {grown} MB more"
    );
    assert!(program.run_one("second", &[random(&[2, 4096]).into()]).is_ok());
}
