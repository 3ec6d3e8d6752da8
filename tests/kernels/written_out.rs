//! Attention that a graph writes out: what is taken for it, and what only looks like it.

use std::fs::File;
use std::path::Path;

use glyxel::torch::{Device, Module, Precision, Program, Value};
use tch::{Kind, Tensor};

use super::processor::packs;
use super::support::{exact, limit_of_lines, off, random, run, Traced, PRECISIONS};

/// q, k, v: (2, 3, 7, 8); a mask: (2, 1, 1, 7); one that is true or false; constants: a number, and one for each head.
type Form = fn(&[Tensor]) -> Tensor;

fn inputs() -> [Tensor; 5] {
    let mask = random(&[2, 1, 1, 7]);
    let hidden = mask.gt(0.5);
    let _ = hidden.narrow(3, 0, 1).fill_(0);
    [
        exact(&[2, 3, 7, 8]),
        exact(&[2, 3, 7, 8]),
        exact(&[2, 3, 7, 8]),
        mask,
        hidden,
    ]
}

fn scores(x: &[Tensor]) -> Tensor {
    x[0].matmul(&x[1].transpose(-2, -1))
}

fn weighted(scores: Tensor, x: &[Tensor]) -> Tensor {
    scores.softmax(-1, None::<Kind>).matmul(&x[2])
}

/// One operator each.
const ATTENTION: &[(&str, Form)] = &[
    ("nothing else", |x| weighted(scores(x), x)),
    ("scaled", |x| weighted(scores(x) * 0.3, x)),
    ("divided, and a mask", |x| weighted(scores(x) / 8f64.sqrt() + &x[3], x)),
    ("scaled twice", |x| weighted(scores(x) * 3. / 10., x)),
    ("scaled by a tensor", |x| weighted(scores(x) * &x[5], x)),
    ("a mask in front", |x| weighted(&x[3] + scores(x), x)),
    ("two masks", |x| weighted(scores(x) * 0.5 + &x[3] + &x[3] * 2., x)),
    ("a mask that is truth", |x| weighted(scores(x) + &x[4], x)),
    ("a mask of whole numbers", |x| {
        weighted(scores(x) + x[4].to_kind(Kind::Int64) * -3, x)
    }),
    ("minus infinity", |x| {
        weighted(scores(x).masked_fill(&x[4], f64::NEG_INFINITY), x)
    }),
    ("nearly so, between masks", |x| {
        weighted((scores(x) * 0.5 + &x[3]).masked_fill(&x[4], -3e38) + &x[3], x)
    }),
    ("a softmax in f32", |x| {
        (scores(x) + &x[3])
            .softmax(-1, Kind::Float)
            .to_kind(Kind::Float)
            .matmul(&x[2])
    }),
    ("scores in f32", |x| {
        weighted(scores(x).to_kind(Kind::Float) * 0.3 + &x[3], x)
    }),
    ("dropout that drops nothing", |x| {
        scores(x).softmax(-1, None::<Kind>).dropout(0.1, false).matmul(&x[2])
    }),
    ("queries that were scaled", |x| {
        weighted((&x[0] * 0.25).matmul(&x[1].transpose(2, 3)), x)
    }),
    ("keys that were divided", |x| {
        weighted(x[0].matmul(&(x[1].transpose(2, 3) / 3.)), x)
    }),
    ("keys in another order", |x| {
        weighted(x[0].matmul(&x[1].permute([0, 1, 3, 2])), x)
    }),
    ("keys by mT", |x| weighted(x[0].matmul(&x[1].mt()), x)),
    ("keys beside each other", |x| {
        let keys = x[1].transpose(1, 2).contiguous();
        weighted(x[0].matmul(&keys.permute([0, 2, 3, 1])), x)
    }),
    ("heads in the batch", |x| {
        let [q, k, v] = [0, 1, 2].map(|i| x[i].flatten(0, 1));
        (q.bmm(&k.transpose(1, 2)) * 0.3).softmax(-1, None::<Kind>).bmm(&v)
    }),
    ("windows", |x| {
        let [q, k, v] = [0, 1, 2].map(|i| x[i].unsqueeze(1));
        (q.matmul(&k.mt()) + x[3].unsqueeze(1))
            .softmax(-1, None::<Kind>)
            .matmul(&v)
            .squeeze_dim(1)
    }),
    ("of another's result", |x| {
        let q = weighted(scores(x) * 0.3, x);
        (q.matmul(&x[1].mt()) + &x[3]).softmax(-1, None::<Kind>).matmul(&x[2])
    }),
    ("heads are brought side by side", |x| {
        weighted(scores(x), x).transpose(1, 2).contiguous().view([2, 7, 24])
    }),
    ("a view counts on how a product lies", |x| {
        weighted(scores(x), x).view([6, 7, 8])
    }),
    ("a view of what was turned, too", |x| {
        weighted(scores(x), x).permute([2, 0, 1, 3]).view([7, 6, 8])
    }),
    ("a view of what was turned and had to be copied", |x| {
        weighted(scores(x), x)
            .permute([2, 0, 1, 3])
            .reshape([7, 2, 24])
            .view([14, 24])
    }),
    ("back to channels", |x| {
        weighted(scores(x), x)
            .transpose(2, 3)
            .reshape([2, 24, 7])
            .view([2, 168])
    }),
    ("turned in two ways", |x| {
        let y = weighted(scores(x), x);
        y.transpose(1, 2).reshape([14, 24]).view([336]) + y.transpose(2, 3).reshape([2, 24, 7]).view([336])
    }),
    ("a mask of f64", |x| {
        (scores(x) + x[3].to_kind(Kind::Double))
            .masked_fill(&x[4], -1e300)
            .softmax(-1, Kind::Float)
            .matmul(&x[2])
    }),
];

/// No operator: as it stands.
const STOCK: &[(&str, Form)] = &[
    ("over the queries", |x| {
        scores(x).softmax(-2, None::<Kind>).matmul(&x[2])
    }),
    ("in half precision", |x| {
        scores(x)
            .softmax(-1, Kind::Half)
            .to_kind(Kind::Float)
            .matmul(&x[2].to_kind(Kind::Float))
    }),
    ("the mask is scaled, too", |x| weighted((scores(x) + &x[3]) * 0.3, x)),
    ("the mask is taken away", |x| weighted(scores(x) - &x[3], x)),
    ("taken away from the mask", |x| weighted(&x[3] - scores(x), x)),
    ("a scale for each head", |x| weighted(scores(x) * &x[6], x)),
    ("a scale that is not constant", |x| {
        weighted(scores(x) * x[3].sum(Kind::Float), x)
    }),
    ("divided by the scores", |x| weighted(&x[5] / (scores(x) + 100.), x)),
    ("a fill that leaves something of the score", |x| {
        weighted(scores(x).masked_fill(&x[4], -9.), x)
    }),
    ("chosen", |x| {
        let scores = scores(x);
        weighted(scores.where_scalarother(&x[4].logical_not(), -1e38), x)
    }),
    ("dropout that drops", |x| {
        scores(x).softmax(-1, None::<Kind>).dropout(1e-12, true).matmul(&x[2])
    }),
    ("no softmax", |x| scores(x).sigmoid().matmul(&x[2])),
    ("probabilities and something", |x| {
        scores(x).softmax(-1, None::<Kind>).square().matmul(&x[2])
    }),
    ("values of the probabilities", |x| {
        let probabilities = scores(x).softmax(-1, None::<Kind>);
        probabilities.matmul(&probabilities)
    }),
    ("probabilities on the right", |x| {
        x[2].transpose(2, 3).matmul(&scores(x).softmax(-1, None::<Kind>))
    }),
    ("the scores are read once more", |x| {
        let scores = scores(x) * 0.3;
        weighted(scores.shallow_clone(), x) + scores.sum(Kind::Float)
    }),
    ("the probabilities are read once more", |x| {
        let probabilities = scores(x).softmax(-1, None::<Kind>);
        probabilities.matmul(&x[2]) + probabilities.amax(-1, true)
    }),
    ("two values of the same probabilities", |x| {
        let probabilities = (scores(x) * 0.3 + &x[3]).softmax(-1, None::<Kind>);
        probabilities.matmul(&x[2]) + probabilities.matmul(&(&x[2] * 2.))
    }),
    ("two masks of the same product", |x| {
        weighted(scores(x) + &x[3], x) + weighted(scores(x) + &x[3] * 2., x)
    }),
    ("queries that are written to meanwhile", |x| {
        let q = &x[0] * 0.5;
        let scores = q.matmul(&x[1].mt());
        let _ = q.shallow_clone().g_mul_scalar_(3.);
        weighted(scores, x) + q
    }),
    ("scores that are written to", |x| {
        let scores = scores(x);
        let _ = scores.narrow(3, 0, 2).fill_(1.);
        weighted(scores, x)
    }),
    ("a result that is written to", |x| {
        let result = weighted(scores(x), x);
        let _ = result.shallow_clone().g_mul_scalar_(3.);
        result
    }),
];

#[test]
fn what_is_attention_and_what_only_looks_like_it() {
    let inputs = inputs();
    let given: Vec<&Tensor> = inputs.iter().collect();
    let constants = [
        Tensor::from(0.25f32),
        Tensor::from_slice(&[0.125f32, 0.25, 0.5]).view([3, 1, 1]),
    ];
    let parameters = [("one", &constants[0]), ("each", &constants[1])];
    for (is_it, forms) in [(true, ATTENTION), (false, STOCK)] {
        for (name, form) in forms {
            let run_form = |x: &[Tensor]| {
                let all: Vec<Tensor> = x.iter().chain(&constants).map(Tensor::shallow_clone).collect();
                form(&all)
            };
            let traced = Traced::new(&parameters, &given, run_form);
            let expected = run_form(&inputs);
            for precision in PRECISIONS {
                let program = traced.program(precision);
                let operators = program.operators("run").unwrap();
                let found = operators.contains_key("glyxel::attention");
                assert_eq!(found, is_it && packs(), "{name}: {operators:?}");
                let left = ["aten::matmul", "aten::bmm", "aten::softmax"].map(|of| operators.contains_key(of));
                assert!(!found || left == [false; 3], "{name}: {operators:?}");
                // What stays as it was may mix precisions once it is cast, and rounds more often.
                if found || precision == Precision::F32 {
                    let off = off(&run(&program, precision.tch(), &given), &expected);
                    assert!(off < limit_of_lines(precision), "{name} in {precision:?}: {off}");
                }
            }
        }
    }
}

/// Forms that only TorchScript can write, each run as it stands, too.
#[test]
fn forms_of_torch_script() {
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/written_out/forms.pt");
    let module = || Module::load(File::open(&archive).unwrap(), Device::Cpu).unwrap();
    let inputs = inputs();
    let values: [Value; 4] = std::array::from_fn(|i| inputs[i].shallow_clone().into());
    let names = [
        ("by_mT", true),
        ("of_two_dimensions", true),
        ("a_mask_twice_as_strong", false),
        ("scores_twice_as_strong", false),
        ("a_number_is_added", false),
        ("scores_are_taken_from_a_number", false),
        ("divided_and_rounded", false),
        ("a_scale_by_width", false),
        ("as_whole_numbers", false),
        ("as_precise_as_another", false),
        ("einsum_of_values", false),
        ("softmax_of_a_branch", false),
    ];
    for (name, is_it) in names {
        let program = Program::new(module(), &[name], Device::Cpu).unwrap();
        let operators = program.operators(name).unwrap();
        assert_eq!(
            operators.contains_key("glyxel::attention"),
            is_it && packs(),
            "{name}: {operators:?}"
        );
        let [Value::Tensor(expected)] = &module().call(name, &values).unwrap()[..] else {
            panic!("{name} gives no tensor");
        };
        let off = off(&program.run_one(name, &values).unwrap(), expected);
        assert!(off < limit_of_lines(Precision::F32), "{name}: {off}");
    }
}
