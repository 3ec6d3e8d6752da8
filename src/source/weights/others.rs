//! Weights in formats that are not read: what to do about them.

/// By how names begin or end, the likeliest way out first.
const OTHERS: [(&str, &str); 10] = [
    (
        "adapter_model.",
        "it is an adapter, not a model: in Python, merge it into its base model (merge_and_unload()) and write that with save_pretrained(folder)",
    ),
    (
        ".safetensors",
        "shards need their index, and a whole file the name model.safetensors: download the folder again, whole, or write it anew in Python with save_pretrained(folder)",
    ),
    (
        ".h5",
        "it is for TensorFlow, which transformers 5 no longer reads: in Python with transformers below 5 and tensorflow, AutoModel.from_pretrained(folder, from_tf=True).save_pretrained(folder) writes model.safetensors; or take another revision or repository that has it",
    ),
    (
        ".msgpack",
        "it is for Flax, which transformers 5 no longer reads: in Python with transformers below 5 and flax, AutoModel.from_pretrained(folder, from_flax=True).save_pretrained(folder) writes model.safetensors; or take another revision or repository that has it",
    ),
    (
        ".gguf",
        "it is made for llama.cpp, mostly with less precision: take the checkpoint that it was made from, as save_pretrained wrote it",
    ),
    (".bin", PICKLE),
    (".pt", PICKLE),
    (".pth", PICKLE),
    (
        ".ckpt",
        "it is a training's own record: load the model from it in Python and write it with save_pretrained(folder)",
    ),
    (
        ".onnx",
        "it is a program made from the weights, which does not lead back to them: take the checkpoint that it was exported from, as save_pretrained wrote it",
    ),
];

const PICKLE: &str = "of PyTorch's files only pytorch_model.bin is read, or what pytorch_model.bin.index.json lists: if it holds the weights, load it in Python and write it with save_pretrained(folder)";

/// Those of the names that are weights in such a format, at most three, and what to do about the first.
pub(in crate::source) fn advice(names: &[String]) -> Option<(Vec<&str>, &'static str)> {
    let is = |name: &str, part: &str| name.starts_with(part) || name.ends_with(part);
    let (_, advice) = OTHERS
        .iter()
        .find(|(part, _)| names.iter().any(|name| is(name, part)))?;
    let others = names
        .iter()
        .filter(|name| OTHERS.iter().any(|(part, _)| is(name, part)));
    Some((others.take(3).map(String::as_str).collect(), advice))
}
