//! `glyxel info`: what a model is.

use std::fmt::Write;

use clap::Args;
use glyxel::bundle::{ClassesManifest, ImageManifest, Manifest, TextManifest};
use glyxel::Model;
use indicatif::HumanCount;
use serde_json::Value;

use crate::failure::{Failure, Outcome};
use crate::model::ModelArguments;
use crate::output;
use crate::session::Session;

#[derive(Args)]
pub struct Arguments {
    /// As JSON, as glyxel_model_info gives it
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    model: ModelArguments,
}

pub fn run(arguments: &Arguments) -> Outcome<()> {
    let mut session = Session::start(arguments.model.quiet)?;
    let model = session.load(&arguments.model)?;
    session.finish_display();
    let info: Value = serde_json::from_str(model.info())
        .map_err(|e| Failure::Failed(format!("the model's description is not valid JSON: {e}")))?;
    output::print(&match arguments.json {
        true => format!("{info:#}\n"),
        false => describe(&model, &info),
    })
}

fn describe(model: &Model, info: &Value) -> String {
    let manifest: &Manifest = model.manifest();
    let source = &manifest.source;
    let or_unknown = |value: &Option<String>| value.clone().unwrap_or_else(|| "not stated".into());
    let field = |name: &str| info[name].as_str().unwrap_or("?").to_string();
    let tasks = info["tasks"].as_array().into_iter().flatten().filter_map(Value::as_str);

    let mut rows = vec![("architecture", manifest.architecture.clone())];
    if let Some(text) = &manifest.text {
        rows.extend(describe_text(text));
    }
    if let Some(image) = &manifest.image {
        rows.extend(describe_image(image));
    }
    rows.extend([
        ("tasks", tasks.collect::<Vec<_>>().join(", ")),
        ("weights", source.weights_dtype.clone()),
        ("", format!("sha256 {}", source.weights_sha256)),
        ("licence", or_unknown(&source.licence)),
        ("source", source.location.clone()),
        ("revision", or_unknown(&source.revision)),
        (
            "written by",
            format!("glyxel {}, libtorch {}", manifest.glyxel, manifest.libtorch),
        ),
        ("runs on", format!("{} in {}", field("device"), field("precision"))),
    ]);
    rows.extend(describe_operators(info));
    let mut lines = String::new();
    for (name, value) in rows {
        let _ = writeln!(lines, "{name:13} {value}");
    }
    lines
}

/// What the graph optimiser made of each method: kernels of ours, of oneDNN, and what stayed libtorch's own.
fn describe_operators(info: &Value) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    for (method, operators) in info["operators"].as_object().into_iter().flatten() {
        let count = |library: &str| {
            let operators = operators.as_object().into_iter().flatten();
            let of = operators.filter(|(name, _)| name.starts_with(library));
            let mut counts: Vec<(u64, &str)> = of
                .map(|(name, n)| (n.as_u64().unwrap_or(0), &name[library.len()..]))
                .collect();
            counts.sort_by_key(|(n, name)| (std::cmp::Reverse(*n), *name));
            counts
                .iter()
                .map(|(n, name)| format!("{n} {name}"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        rows.push(("method", method.clone()));
        for (library, whose) in [
            ("glyxel::", "glyxel's"),
            ("mkldnn::", "oneDNN's"),
            ("aten::", "libtorch's"),
        ] {
            let counts = count(library);
            if !counts.is_empty() {
                rows.push(("", format!("{whose}: {counts}")));
            }
        }
    }
    rows
}

fn describe_image(image: &ImageManifest) -> Vec<(&'static str, String)> {
    let mut rows = vec![
        ("image vector", format!("{}, {} values", image.embedding, image.dim)),
        ("pictures", format!("{}×{} (height × width)", image.height, image.width)),
    ];
    rows.extend(image.classes.as_ref().map(describe_classes));
    rows
}

fn describe_classes(classes: &ClassesManifest) -> (&'static str, String) {
    let names = match classes.source.as_str() {
        "none" => "without names".to_string(),
        source => format!("named by {source}"),
    };
    let count = HumanCount(classes.labels.len() as u64);
    ("classes", format!("{count}, {names}"))
}

fn describe_text(text: &TextManifest) -> Vec<(&'static str, String)> {
    let mut pooling = text.pooling.join(" + ");
    if text.normalize {
        pooling += ", then normalised";
    }
    if text.pooling_source == "default" {
        pooling += " (by default: the checkpoint does not say)";
    }
    let mut vocabulary = format!("{} tokens", HumanCount(text.vocab_size as u64));
    if text.lowercase {
        vocabulary += ", texts are lower-cased";
    }
    let mut rows = vec![("max length", format!("{} tokens", HumanCount(text.max_length as u64)))];
    if text.dim > 0 {
        rows.insert(0, ("dimension", text.dim.to_string()));
        rows.push(("pooling", pooling));
    }
    rows.push(("vocabulary", vocabulary));
    rows.extend(text.classes.as_ref().map(describe_classes));
    let default = text.default_prompt_name.as_deref();
    let mut prompts = text.prompts.iter().map(|(name, prompt)| {
        let mark = if default == Some(name) { " (default)" } else { "" };
        format!("@{name} {prompt:?}{mark}")
    });
    rows.push(("prompts", prompts.next().unwrap_or_else(|| "none".into())));
    rows.extend(prompts.map(|prompt| ("", prompt)));
    rows
}
