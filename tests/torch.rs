//! The shim: tracing, archives, calls, programs. Everything runs on this test's own threads, as on a compute thread.

use std::io::Cursor;

use glyxel::torch::{self, trace, Device, Module, Precision, Program, Value};
use glyxel::Error;
use tch::{Kind, Tensor};

/// A linear layer whose weight is packed: for our own kernel.
const PACKED: &str = "glyxel::linear";

fn start() {
    torch::start_compute_thread(Device::Cpu, 2).unwrap();
}

fn tensor(value: &Value) -> &Tensor {
    match value {
        Value::Tensor(tensor) => tensor,
        Value::List(_) => panic!("a list where a tensor was expected"),
    }
}

fn list(value: &Value) -> &[Tensor] {
    match value {
        Value::List(list) => list,
        Value::Tensor(_) => panic!("a tensor where a list was expected"),
    }
}

fn random(shape: &[i64]) -> Tensor {
    Tensor::randn(shape, (Kind::Float, tch::Device::Cpu))
}

fn close(a: &Tensor, b: &Tensor) -> bool {
    a.size() == b.size() && (a - b).abs().max().double_value(&[]) < 1e-5
}

/// Two methods over shared weights in nested submodules: `project` and `activate`.
fn two_methods() -> (Module, Tensor, Tensor) {
    let (weight, bias) = (random(&[6, 4]), random(&[6]));
    let mut module = Module::empty().unwrap();
    module.set_parameter("encoder.layer.0.dense.weight", &weight).unwrap();
    module.set_parameter("encoder.layer.0.dense.bias", &bias).unwrap();
    let inputs = || [("x", Value::Tensor(random(&[3, 4])))];
    trace(&mut module, "project", &inputs(), |x| {
        Ok(vec![tensor(&x[0]).linear(&weight, Some(&bias)).into()])
    })
    .unwrap();
    trace(&mut module, "activate", &inputs(), |x| {
        Ok(vec![tensor(&x[0]).linear(&weight, Some(&bias)).gelu("none").into()])
    })
    .unwrap();
    (module, weight, bias)
}

fn reload(module: &Module, extra: &[(String, Vec<u8>)]) -> Module {
    let mut archive = Vec::new();
    module.save(&mut archive, extra).unwrap();
    Module::load(Cursor::new(archive), Device::Cpu).unwrap()
}

#[test]
fn methods_survive_saving_and_are_free_of_shapes() {
    start();
    let (module, weight, bias) = two_methods();
    let module = reload(&module, &[("glyxel.json".into(), b"{}\0with a NUL".to_vec())]);
    for shape in [&[3, 4][..], &[1, 4], &[2, 5, 4]] {
        let x = random(shape);
        let expected = x.linear(&weight, Some(&bias));
        let got = module.call("project", &[x.shallow_clone().into()]).unwrap();
        assert!(close(tensor(&got[0]), &expected));
        let got = module.call("activate", &[x.into()]).unwrap();
        assert!(close(tensor(&got[0]), &expected.gelu("none")));
    }
    assert!(module.has_method("project").unwrap() && !module.has_method("forward").unwrap());
}

#[test]
fn a_method_takes_and_returns_lists_of_tensors() {
    start();
    let mut module = Module::empty().unwrap();
    let weight = random(&[4]);
    module.set_parameter("weight", &weight).unwrap();
    // A decoder's step: one more token, and the cache that grows by it.
    let inputs = [
        ("token", Value::Tensor(random(&[1, 4]))),
        ("cache", Value::List(vec![random(&[2, 4]), random(&[2, 4])])),
    ];
    trace(&mut module, "step", &inputs, |x| {
        let new = tensor(&x[0]) * &weight;
        let cache: Vec<_> = list(&x[1]).iter().map(|past| Tensor::cat(&[past, &new], 0)).collect();
        Ok(vec![new.into(), Value::List(cache)])
    })
    .unwrap();
    let module = reload(&module, &[]);
    let (token, past) = (random(&[1, 4]), [random(&[5, 4]), random(&[5, 4])]);
    let run = |step: &dyn Fn(&[Value]) -> Vec<Value>| {
        let out = step(&[
            token.shallow_clone().into(),
            Value::List(past.iter().map(Tensor::shallow_clone).collect()),
        ]);
        assert_eq!(out.len(), 2);
        assert!(close(tensor(&out[0]), &(&token * &weight)));
        for (got, past) in list(&out[1]).iter().zip(&past) {
            assert!(close(got, &Tensor::cat(&[past, &(&token * &weight)], 0)));
        }
    };
    run(&|x| module.call("step", x).unwrap());
    let program = Program::new(module, &["step"], Device::Cpu).unwrap();
    run(&|x| program.run("step", x).unwrap());
}

#[test]
fn constant_linears_are_prepacked_with_their_activation() {
    start();
    let (module, weight, bias) = two_methods();
    let program = Program::new(reload(&module, &[]), &["project", "activate"], Device::Cpu).unwrap();
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        let graph = program.graph("activate").unwrap();
        assert!(graph.contains(PACKED), "{graph}");
        assert!(
            !graph.contains("aten::linear") && !graph.contains("aten::gelu"),
            "{graph}"
        );
    }
    let x = random(&[2, 7, 4]);
    let expected = x.linear(&weight, Some(&bias));
    assert!(close(
        &program.run_one("project", &[x.shallow_clone().into()]).unwrap(),
        &expected
    ));
    assert!(close(
        &program.run_one("activate", &[x.into()]).unwrap(),
        &expected.gelu("none")
    ));
}

#[test]
fn what_does_not_fit_the_pattern_stays() {
    start();
    let mut module = Module::empty().unwrap();
    let weight = random(&[4, 4]);
    module.set_parameter("weight", &weight).unwrap();
    let inputs = [
        ("x", Value::Tensor(random(&[3, 4]))),
        ("w", Value::Tensor(random(&[4, 4]))),
    ];
    trace(&mut module, "mixed", &inputs, |x| {
        // One weight is an input; the other's result is used twice, so the activation can't be fused away.
        let dynamic = tensor(&x[0]).linear(tensor(&x[1]), None::<Tensor>);
        let shared = dynamic.linear(&weight, None::<Tensor>);
        Ok(vec![(shared.relu() + shared).into()])
    })
    .unwrap();
    let program = Program::new(module, &["mixed"], Device::Cpu).unwrap();
    let graph = program.graph("mixed").unwrap();
    assert!(
        graph.contains("aten::linear") && graph.contains("aten::relu"),
        "{graph}"
    );
    let (x, w) = (random(&[3, 4]), random(&[4, 4]));
    let shared = x.matmul(&w.tr()).matmul(&weight.tr());
    let expected = shared.relu() + &shared;
    assert!(close(
        &program.run_one("mixed", &[x.into(), w.into()]).unwrap(),
        &expected
    ));
}

#[test]
fn linears_that_share_their_input_become_one() {
    start();
    let weights: Vec<Tensor> = [6, 3, 5].iter().map(|n| random(&[*n, 4])).collect();
    let biases: Vec<Tensor> = [6, 3, 5].iter().map(|n| random(&[*n])).collect();
    let mut module = Module::empty().unwrap();
    for (i, (weight, bias)) in weights.iter().zip(&biases).enumerate() {
        module.set_parameter(&format!("part_{i}.weight"), weight).unwrap();
        module.set_parameter(&format!("part_{i}.bias"), bias).unwrap();
    }
    let all = |x: &Tensor| -> Vec<Tensor> {
        weights
            .iter()
            .zip(&biases)
            .map(|(weight, bias)| x.linear(weight, Some(bias)))
            .collect()
    };
    // Twice, as two methods of a model share their weights; the transposed one has the same address as the first.
    for method in ["first", "second"] {
        trace(&mut module, method, &[("x", random(&[2, 3, 4]).into())], |x| {
            let mut outputs = all(tensor(&x[0]));
            outputs.push(outputs[0].linear(&weights[0].tr(), None::<Tensor>));
            Ok(vec![Tensor::cat(&outputs, -1).into()])
        })
        .unwrap();
    }
    let program = Program::new(module, &["first", "second"], Device::Cpu).unwrap();
    let x = random(&[5, 2, 4]);
    let mut outputs = all(&x);
    outputs.push(outputs[0].matmul(&weights[0]));
    let expected = Tensor::cat(&outputs, -1);
    for method in ["first", "second"] {
        let graph = program.graph(method).unwrap();
        let products = graph.matches("linear").count();
        assert_eq!(products, 2, "{graph}");
        assert!(close(
            &program.run_one(method, &[x.shallow_clone().into()]).unwrap(),
            &expected
        ));
    }
}

#[test]
fn casting_changes_the_weights_only() {
    start();
    let (module, weight, bias) = two_methods();
    let mut module = reload(&module, &[]);
    module.cast(Precision::Bf16).unwrap();
    let program = Program::new(module, &["project"], Device::Cpu).unwrap();
    let x = random(&[3, 4]);
    let got = program.run_one("project", &[x.to_kind(Kind::BFloat16).into()]).unwrap();
    assert_eq!(got.kind(), Kind::BFloat16);
    assert!(
        (got.to_kind(Kind::Float) - x.linear(&weight, Some(&bias)))
            .abs()
            .max()
            .double_value(&[])
            < 0.1
    );
}

/// A norm that computes in f32 and goes back to the precision it came from, as a trace in f32 keeps it; then a product and
/// attention, in which only some of the operands passed through f32.
#[test]
fn conversions_baked_in_by_tracing_give_way_to_cast_weights() {
    start();
    let weights: Vec<Tensor> = (0..3).map(|_| random(&[8, 8]) * 0.3).collect();
    let scale = random(&[8]);
    let mut module = Module::empty().unwrap();
    for (name, value) in [
        ("q", &weights[0]),
        ("v", &weights[1]),
        ("out", &weights[2]),
        ("scale", &scale),
    ] {
        module.set_parameter(name, value).unwrap();
    }
    let compute = |x: &Tensor, mask: &Tensor| {
        let x = x.linear(&weights[0], None::<Tensor>).to_kind(Kind::Float);
        let normed = &x * (x.square().mean_dim([-1].as_slice(), true, None::<Kind>) + 1e-6).rsqrt() * &scale;
        let v = x.linear(&weights[1], None::<Tensor>);
        let attended = Tensor::scaled_dot_product_attention(
            &normed.unsqueeze(1),
            &normed.unsqueeze(1),
            &v.unsqueeze(1),
            Some(mask.gt(0).unsqueeze(1).unsqueeze(1)),
            0.,
            false,
            None::<f64>,
            false,
        );
        attended.squeeze_dim(1).linear(&weights[2], None::<Tensor>)
    };
    let mask = Tensor::from_slice(&[1_i64, 1, 1, 0, 0]).view([1, 5]);
    let example = [("x", random(&[1, 5, 8]).into()), ("mask", mask.shallow_clone().into())];
    trace(&mut module, "embed", &example, |x| {
        Ok(vec![compute(tensor(&x[0]), tensor(&x[1])).into()])
    })
    .unwrap();
    let mut module = reload(&module, &[]);
    module.cast(Precision::Bf16).unwrap();
    let program = Program::new(module, &["embed"], Device::Cpu).unwrap();
    let x = random(&[1, 5, 8]);
    let inputs = [x.to_kind(Kind::BFloat16).into(), mask.shallow_clone().into()];
    let got = program.run_one("embed", &inputs).unwrap();
    assert_eq!(got.kind(), Kind::BFloat16);
    let expected = compute(&x.to_kind(Kind::BFloat16).to_kind(Kind::Float), &mask);
    let cosine = Tensor::cosine_similarity(&got.to_kind(Kind::Float), &expected, -1, 1e-9);
    assert!(cosine.min().double_value(&[]) > 0.999, "{cosine}");
}

#[test]
fn devices_baked_in_by_tracing_are_rewritten() {
    start();
    let mut module = Module::empty().unwrap();
    trace(&mut module, "positions", &[("ids", random(&[2, 3]).into())], |x| {
        let ids = tensor(&x[0]);
        Ok(vec![(ids + Tensor::arange(3, (Kind::Float, tch::Device::Cpu))).into()])
    })
    .unwrap();
    let module = reload(&module, &[]);
    let program = Program::new(module, &["positions"], Device::Cpu).unwrap();
    let ids = random(&[2, 3]);
    let expected = &ids + Tensor::arange(3, (Kind::Float, tch::Device::Cpu));
    assert!(close(&program.run_one("positions", &[ids.into()]).unwrap(), &expected));
}

#[test]
fn failures_are_errors_and_leave_everything_usable() {
    start();
    let (mut module, ..) = two_methods();
    let inputs = || [("x", Value::Tensor(random(&[3, 4])))];
    let failed = trace(&mut module, "failing", &inputs(), |_| {
        Err(Error::BadModel("no such thing".into()))
    });
    assert_eq!(failed, Err(Error::BadModel("no such thing".into())));
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        trace(&mut module, "panicking", &inputs(), |x| {
            Ok(vec![tensor(&x[0]).matmul(&random(&[9, 9])).into()])
        })
    }));
    assert!(panicked.is_err());
    trace(&mut module, "after", &inputs(), |x| {
        Ok(vec![tensor(&x[0]).relu().into()])
    })
    .unwrap();
    let module = reload(&module, &[]);

    let message = module
        .call("project", &[random(&[3, 5]).into()])
        .err()
        .unwrap()
        .to_string();
    assert!(
        message.contains("running project failed") && message.lines().count() == 1,
        "{message}"
    );
    assert!(!message.contains("Traceback") && !message.contains(".cpp"), "{message}");
    assert!(module.call("no_such_method", &[]).is_err());
    let program = Program::new(module, &["project"], Device::Cpu).unwrap();
    assert!(program.run("project", &[]).is_err());
    assert!(program.run("no_such_method", &[]).is_err());
    assert!(program.run("project", &[random(&[3, 5]).into()]).is_err());
    assert!(program.run("project", &[random(&[3, 4]).into()]).is_ok());
    assert!(Module::load(Cursor::new(b"not an archive".to_vec()), Device::Cpu).is_err());
}

#[test]
fn a_missing_cuda_says_what_was_looked_for() {
    start();
    match Device::Cuda(0).open() {
        Ok(()) => {} // a machine with CUDA
        Err(Error::Device(sentence)) => {
            assert!(
                sentence.contains("libcuda.so.1") || sentence.contains("libtorch_cuda.so"),
                "{sentence}"
            );
            assert!(sentence.contains("device cpu"), "{sentence}");
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_program_is_shared_by_threads() {
    start();
    let (module, weight, bias) = two_methods();
    let program = Program::new(module, &["project"], Device::Cpu).unwrap();
    let x = random(&[8, 4]);
    let expected = x.linear(&weight, Some(&bias));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let (program, x, expected) = (&program, x.shallow_clone(), expected.shallow_clone());
            scope.spawn(move || {
                start();
                for _ in 0..50 {
                    assert!(close(
                        &program.run_one("project", &[x.shallow_clone().into()]).unwrap(),
                        &expected
                    ));
                }
            });
        }
    });
}

#[test]
fn what_is_written_to_in_between_is_not_merged() {
    start();
    let weights = [random(&[4, 4]), random(&[4, 4])];
    let mut module = Module::empty().unwrap();
    for (i, weight) in weights.iter().enumerate() {
        module.set_parameter(&format!("part_{i}"), weight).unwrap();
    }
    let both = |x: &Tensor| {
        let mut x = x * 1.;
        let first = x.linear(&weights[0], None::<Tensor>);
        let _ = x.g_add_scalar_(1.);
        first + x.linear(&weights[1], None::<Tensor>)
    };
    trace(&mut module, "write", &[("x", random(&[3, 4]).into())], |x| {
        Ok(vec![both(tensor(&x[0])).into()])
    })
    .unwrap();
    // A flattening view of a product is none of a slice of a wider one.
    trace(&mut module, "view", &[("x", random(&[3, 4]).into())], |x| {
        let product = |i: usize| tensor(&x[0]).linear(&weights[i], None::<Tensor>).view([-1]);
        Ok(vec![(product(0) + product(1)).into()])
    })
    .unwrap();
    let program = Program::new(module, &["write", "view"], Device::Cpu).unwrap();
    let x = random(&[3, 4]);
    assert!(close(
        &program.run_one("write", &[x.shallow_clone().into()]).unwrap(),
        &both(&x)
    ));
    let expected = (x.linear(&weights[0], None::<Tensor>) + x.linear(&weights[1], None::<Tensor>)).view([-1]);
    assert!(close(&program.run_one("view", &[x.into()]).unwrap(), &expected));
}

/// A module in a file of its own, which has no name and goes when it is closed.
fn in_a_file(module: &Module) -> std::fs::File {
    let mut file = tempfile::tempfile().unwrap();
    module.save(&mut file, &[]).unwrap();
    file
}

#[test]
fn weights_that_stay_in_their_file_are_those_that_are_read() {
    start();
    let mut module = two_methods().0;
    // Larger than a page, so that some of its pages are nobody else's.
    let table = random(&[300, 40]);
    module.set_parameter("table", &table).unwrap();
    trace(
        &mut module,
        "look_up",
        &[("ids", Value::Tensor(Tensor::from_slice(&[0i64, 7])))],
        |x| Ok(vec![Tensor::embedding(&table, tensor(&x[0]), -1, false, false).into()]),
    )
    .unwrap();
    let inputs = |method| match method {
        "look_up" => Tensor::from_slice(&[299i64, 0, 150]),
        _ => Tensor::arange(12, (Kind::Float, tch::Device::Cpu)).view([3, 4]),
    };
    for precision in [Precision::F32, Precision::Bf16] {
        for prepack in [false, true] {
            let methods = ["project", "activate", "look_up"];
            let file = in_a_file(&module);
            let program = |mut loaded: Module| {
                loaded.cast(precision).unwrap();
                Program::with(loaded, &methods, Device::Cpu, prepack).unwrap()
            };
            let read = program(Module::load(&file, Device::Cpu).unwrap());
            let mapped = program(Module::load_mapped(&file, Device::Cpu).unwrap());
            // It needs neither its name nor anybody who holds it open.
            drop(file);
            for method in methods {
                let run = |program: &Program| {
                    let given = program.run_one(method, &[inputs(method).to_kind(kind(method, precision)).into()]);
                    given.unwrap().to_kind(Kind::Float)
                };
                let (read, mapped) = (run(&read), run(&mapped));
                assert!(
                    read.equal(&mapped) && read.numel() > 0,
                    "{method} {precision} {prepack}"
                );
            }
        }
    }
}

/// What a method takes, its weights in this precision.
fn kind(method: &str, precision: Precision) -> Kind {
    match (method, precision) {
        ("look_up", _) => Kind::Int64,
        (_, Precision::Bf16) => Kind::BFloat16,
        _ => Kind::Float,
    }
}

#[test]
fn stock_and_prepacked_products_agree() {
    start();
    let (first, ..) = two_methods();
    let archive = || {
        let mut archive = Vec::new();
        first.save(&mut archive, &[]).unwrap();
        Module::load(Cursor::new(archive), Device::Cpu).unwrap()
    };
    let program = |prepack| Program::with(archive(), &["project", "activate"], Device::Cpu, prepack).unwrap();
    let (stock, packed) = (program(false), program(true));
    assert!(stock.graph("project").unwrap().contains("aten::linear"));
    assert!(packed.graph("project").unwrap().contains(PACKED));
    for shape in [&[1, 4][..], &[64, 4], &[3, 9, 4]] {
        let x = random(shape);
        for method in ["project", "activate"] {
            let run = |program: &Program| program.run_one(method, &[x.shallow_clone().into()]).unwrap();
            assert!(close(&run(&stock), &run(&packed)), "{method} {shape:?}");
        }
    }
}
