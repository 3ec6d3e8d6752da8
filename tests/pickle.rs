//! `pytorch_model.bin`: every way in which `torch.save` wrote tensors gives what the safetensors twin gives; everything
//! else is refused in a sentence; and no bytes at all make a panic or take memory without bounds. The fixtures are
//! those of tests/fixtures/pickle, made by tests/python/pickle_fixtures.py.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glyxel::control::Call;
use glyxel::error::{Error, Result};
use glyxel::options::Options;
use glyxel::source::{Checkpoint, Weights};
use glyxel::tasks::embed::{self, EmbedOptions};
use glyxel::Model;
use tch::Tensor;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(fixtures().join("pickle").join(name)).unwrap()
}

/// A checkpoint's folder with the fixtures' config and tokenizer, and these weights.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["config.json", "vocab.txt", "tokenizer_config.json"] {
        fs::write(folder.path().join(name), fixture(name)).unwrap();
    }
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn weights(folder: &Path) -> Result<Weights> {
    Checkpoint::open(folder)?.weights("")
}

fn tensors(folder: &Path) -> Result<BTreeMap<String, Tensor>> {
    read_all(&weights(folder)?)
}

fn read_all(weights: &Weights) -> Result<BTreeMap<String, Tensor>> {
    let names: Vec<String> = weights.names().map(String::from).collect();
    names
        .into_iter()
        .map(|name| {
            let tensor = weights.tensor(&name)?;
            let shape: Vec<i64> = weights.shape(&name).unwrap().iter().map(|&n| n as i64).collect();
            assert_eq!(tensor.size(), shape, "{name}");
            Ok((name, tensor))
        })
        .collect()
}

fn of_pickle(bytes: &[u8]) -> Result<BTreeMap<String, Tensor>> {
    tensors(folder(&[("pytorch_model.bin", bytes)]).path())
}

fn of_safetensors(bytes: &[u8]) -> BTreeMap<String, Tensor> {
    tensors(folder(&[("model.safetensors", bytes)]).path()).unwrap()
}

fn same_bits(got: &BTreeMap<String, Tensor>, expected: &BTreeMap<String, Tensor>) -> bool {
    let bytes = |tensor: &Tensor| {
        let mut bytes = vec![0; tensor.numel() * tensor.kind().elt_size_in_bytes()];
        tensor.copy_data_u8(&mut bytes, tensor.numel());
        bytes
    };
    got.len() == expected.len()
        && got.iter().zip(expected).all(|((name, a), (twin, b))| {
            name == twin && a.kind() == b.kind() && a.size() == b.size() && bytes(a) == bytes(b)
        })
}

/// The names of the fixtures in same/, and what their values should be.
fn same() -> Vec<(String, BTreeMap<String, Tensor>)> {
    let mut names: Vec<String> = fs::read_dir(fixtures().join("pickle/same"))
        .unwrap()
        .filter_map(|entry| {
            entry
                .unwrap()
                .file_name()
                .into_string()
                .unwrap()
                .strip_suffix(".bin")
                .map(String::from)
        })
        .collect();
    names.sort();
    assert!(names.len() > 12, "the fixtures are gone");
    names
        .into_iter()
        .map(|name| {
            let twin = fixtures().join(format!("pickle/same/{name}.safetensors"));
            let bytes = if twin.is_file() {
                fs::read(twin).unwrap()
            } else {
                fixture("model.safetensors")
            };
            (name, of_safetensors(&bytes))
        })
        .collect()
}

fn sharded() -> tempfile::TempDir {
    let names = [
        "pytorch_model.bin.index.json",
        "pytorch_model-00001-of-00002.bin",
        "pytorch_model-00002-of-00002.bin",
    ];
    let files = names.map(|name| (name, fixture(&format!("same/sharded/{name}"))));
    folder(&files.each_ref().map(|(name, bytes)| (*name, &bytes[..])))
}

fn embedded(folder: &Path) -> Vec<f32> {
    let cache = tempfile::tempdir().unwrap();
    let mut options = Options::default();
    options.set("cache_dir", cache.path().to_str().unwrap()).unwrap();
    let model = Model::load(folder.to_str().unwrap(), &options, &Call::unwatched());
    let model = Arc::new(model.unwrap_or_else(|e| panic!("{e}")));
    let texts = ["a text", "and another one, longer", ""].map(String::from).to_vec();
    embed::texts(&model, texts, &EmbedOptions::default(), &Call::unwatched()).unwrap()
}

#[test]
fn values_equal_those_of_the_safetensors_twin() {
    for (name, expected) in same() {
        let got = of_pickle(&fixture(&format!("same/{name}.bin"))).unwrap_or_else(|e| panic!("{e}"));
        assert!(same_bits(&got, &expected), "{name}");
        assert!(got.values().all(Tensor::is_contiguous), "{name}");
    }
}

#[test]
fn shards_are_read_by_their_index() {
    let folder = sharded();
    let expected = of_safetensors(&fixture("model.safetensors"));
    assert!(same_bits(&tensors(folder.path()).unwrap(), &expected));
    fs::write(
        folder.path().join("pytorch_model-00002-of-00002.bin"),
        fixture("same/kinds_zip.bin"),
    )
    .unwrap();
    let error = tensors(folder.path()).unwrap_err();
    assert!(
        matches!(&error, Error::BadModel(s) if s.contains("do not belong together")),
        "{error}"
    );
}

#[test]
fn a_model_embeds_as_its_twin_does() {
    let expected = embedded(folder(&[("model.safetensors", &fixture("model.safetensors"))]).path());
    assert!(expected.len() == 12 && expected.iter().all(|x| x.is_finite()));
    for name in ["zip", "zip_views", "zip_position_ids", "legacy_parameters", "python2"] {
        let bytes = fixture(&format!("same/{name}.bin"));
        assert_eq!(
            embedded(folder(&[("pytorch_model.bin", &bytes)]).path()),
            expected,
            "{name}"
        );
    }
    assert_eq!(embedded(sharded().path()), expected);
    for name in ["zip_bf16", "legacy_f16"] {
        let twin = embedded(folder(&[("model.safetensors", &fixture(&format!("same/{name}.safetensors")))]).path());
        let bytes = fixture(&format!("same/{name}.bin"));
        assert_eq!(
            embedded(folder(&[("pytorch_model.bin", &bytes)]).path()),
            twin,
            "{name}"
        );
    }
}

#[test]
fn a_dense_module_is_read_from_a_pickle() {
    let original = fixtures().join("bert/st_dense_tanh");
    let copy = tempfile::tempdir().unwrap();
    for name in ["", "1_Pooling", "2_Dense"] {
        fs::create_dir_all(copy.path().join(name)).unwrap();
        for entry in fs::read_dir(original.join(name)).unwrap().map(|entry| entry.unwrap()) {
            if entry.path().is_file() {
                fs::copy(entry.path(), copy.path().join(name).join(entry.file_name())).unwrap();
            }
        }
    }
    fs::remove_file(copy.path().join("2_Dense/model.safetensors")).unwrap();
    fs::write(copy.path().join("2_Dense/pytorch_model.bin"), fixture("dense.bin")).unwrap();
    assert_eq!(embedded(copy.path()), embedded(&original));
}

#[test]
fn safetensors_are_preferred() {
    let folder = folder(&[
        ("model.safetensors", &fixture("model.safetensors")),
        ("pytorch_model.bin", b"not even a pickle"),
    ]);
    assert!(weights(folder.path()).is_ok());
    let identity = || Checkpoint::open(folder.path()).unwrap().identity().unwrap();
    let with_safetensors = identity();
    fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    assert_ne!(identity(), with_safetensors);
    assert!(weights(folder.path()).is_err());
}

#[test]
fn whatever_is_no_state_dict_is_refused_by_name() {
    let refused = [
        ("big_endian", "big-endian"),
        ("big_endian_legacy", "big-endian"),
        ("complex", "torch.ComplexFloatStorage"),
        ("deflated", "compressed"),
        ("eval", "builtins.eval"),
        ("expanded", "expand"),
        ("list", "a list"),
        ("module", "torch.nn.modules.linear.Linear"),
        ("module_legacy", "torch.nn.modules.linear.Linear"),
        ("negated", "negated"),
        ("nested", "state_dict is a dict"),
        ("number", "epoch is an int"),
        ("number_for_name", "an int for the name"),
        ("numpy", "numpy._core.multiarray._reconstruct"),
        ("os_system", "posix.system"),
        ("os_system_legacy", "posix.system"),
        ("persistent_id", "something else than a storage"),
        ("plain_pickle", "torch.save"),
        ("quantized", "_rebuild_qtensor"),
        ("sparse", "_rebuild_sparse_tensor"),
        ("storage", "torch.storage.UntypedStorage"),
        ("tar", "tar archive"),
        ("tensor", "a tensor, not a state dict"),
        ("torchscript", "TorchScript"),
        ("uint16", "_rebuild_tensor_v3"),
    ];
    let files = fs::read_dir(fixtures().join("pickle/refused")).unwrap().count();
    assert_eq!(files, refused.len());
    for (name, part) in refused {
        let error = of_pickle(&fixture(&format!("refused/{name}.bin"))).unwrap_err();
        let named = error.to_string().contains(part) && error.to_string().contains("pytorch_model.bin");
        assert!(
            named && matches!(error, Error::Unsupported(_) | Error::BadModel(_)),
            "{name}: {error}"
        );
    }
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
    let error = of_pickle(pointer).unwrap_err().to_string();
    assert!(error.contains("git lfs pull"), "{error}");
}

// ---- damage ----------------------------------------------------------------------------------------------------------

/// Pseudo-random numbers (splitmix64), the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }
}

/// Reads many versions of one file, each without a panic.
struct Victim {
    folder: tempfile::TempDir,
    checkpoint: Checkpoint,
    original: BTreeMap<String, Tensor>,
}

impl Victim {
    fn new(bytes: &[u8]) -> Self {
        let folder = folder(&[("pytorch_model.bin", bytes)]);
        let checkpoint = Checkpoint::open(folder.path()).unwrap();
        let original = tensors(folder.path()).unwrap();
        Victim {
            folder,
            checkpoint,
            original,
        }
    }

    fn read(&self, bytes: &[u8]) -> Result<BTreeMap<String, Tensor>> {
        fs::write(self.folder.path().join("pytorch_model.bin"), bytes).unwrap();
        let read = self.checkpoint.weights("").and_then(|weights| read_all(&weights));
        if let Ok(tensors) = &read {
            // However wrong its numbers are, a tensor's values are those of the file.
            for tensor in tensors.values() {
                assert!(tensor.numel() * tensor.kind().elt_size_in_bytes() <= bytes.len());
            }
        }
        if let Err(error) = &read {
            assert!(matches!(error, Error::BadModel(_) | Error::Unsupported(_)), "{error}");
        }
        read
    }
}

fn small_files() -> Vec<(&'static str, Vec<u8>)> {
    let names = ["kinds_zip", "kinds_legacy", "zip_views", "legacy_views", "python2"];
    names.map(|name| (name, fixture(&format!("same/{name}.bin")))).to_vec()
}

#[test]
fn every_truncation_is_refused() {
    for (name, bytes) in small_files() {
        let victim = Victim::new(&bytes);
        for len in 0..bytes.len() {
            assert!(victim.read(&bytes[..len]).is_err(), "{name}: {len} bytes");
        }
    }
}

#[test]
fn mutations_never_pass_a_checksum() {
    let mut random = Random(1);
    for (name, bytes) in small_files() {
        let victim = Victim::new(&bytes);
        let (mut refused, mut passed) = (0, 0);
        for round in 0..2000 {
            let mut mutant = bytes.clone();
            for _ in 0..1 + random.below(3) {
                let at = random.below(mutant.len());
                match random.below(4) {
                    0 => mutant[at] ^= 1 << random.below(8),
                    1 => mutant[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)],
                    2 => mutant[at] = random.below(256) as u8,
                    _ => {
                        let from = random.below(mutant.len());
                        let len = 1 + random.below(16.min(mutant.len() - at.max(from)));
                        mutant.copy_within(from..from + len, at);
                    }
                }
            }
            match victim.read(&mutant) {
                Ok(got) => {
                    passed += 1;
                    // Legacy files have no checksums.
                    if name.contains("zip") {
                        assert!(same_bits(&got, &victim.original), "{name}: round {round}");
                    }
                }
                Err(_) => refused += 1,
            }
        }
        assert!(
            refused > 100 && passed > 10,
            "{name}: {refused} refused, {passed} passed"
        );
    }
}

/// A legacy file's beginning: magic number, version, facts about the machine.
fn legacy_head() -> Vec<u8> {
    let bytes = fixture("same/python2.bin");
    let object = bytes.windows(13).position(|w| w == b"\x80\x02ccollection").unwrap();
    bytes[..object].to_vec()
}

#[test]
fn random_opcodes_never_panic() {
    let head = legacy_head();
    let victim = Victim::new(&fixture("same/python2.bin"));
    let parts: [&[u8]; 40] = [
        b"(",
        b"t",
        b")",
        b"]",
        b"}",
        b"a",
        b"e",
        b"s",
        b"u",
        b"R",
        b"b",
        b"Q",
        b".",
        b"N",
        b"\x88",
        b"\x89",
        b"\x85",
        b"\x86",
        b"\x87",
        b"\x93",
        b"\x94",
        b"q\x00",
        b"q\x01",
        b"h\x00",
        b"h\x01",
        b"r\xff\xff\xff\xff",
        b"j\xff\xff\xff\xff",
        b"K\x02",
        b"M\x00\x80",
        b"J\xff\xff\xff\xff",
        b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"ccollections\nOrderedDict\n",
        b"ctorch._utils\n_rebuild_tensor_v2\n",
        b"ctorch\nFloatStorage\n",
        b"X\x07\x00\x00\x00storage",
        b"X\x01\x00\x00\x000",
        b"X\xff\xff\xff\xff",
        b"\x8c\xff",
        b"\x80\x02",
        b"ctorch._utils\n_rebuild_parameter\n",
    ];
    let mut random = Random(2);
    for round in 0..10_000 {
        let mut bytes = head.clone();
        for _ in 0..random.below(60) {
            if random.below(20) == 0 {
                bytes.push(random.below(256) as u8);
            } else {
                bytes.extend(parts[random.below(parts.len())]);
            }
        }
        // Only an empty dict can come out by chance.
        assert!(victim.read(&bytes).map_or(true, |t| t.is_empty()), "round {round}");
    }
}

// ---- bombs -----------------------------------------------------------------------------------------------------------

fn text(text: &str) -> Vec<u8> {
    [b"\x8c", &[text.len() as u8][..], text.as_bytes()].concat()
}

fn long(n: i64) -> Vec<u8> {
    [b"\x8a\x08", &n.to_le_bytes()[..]].concat()
}

/// The opcodes of a tensor in a storage of `len` floats.
fn tensor(len: i64, offset: i64, shape: &[i64], strides: &[i64]) -> Vec<u8> {
    let tuple = |sizes: &[i64]| {
        [
            b"(".to_vec(),
            sizes.iter().flat_map(|&n| long(n)).collect(),
            b"t".to_vec(),
        ]
        .concat()
    };
    let storage = [
        b"(",
        &text("storage")[..],
        b"ctorch\nFloatStorage\n",
        &text("0"),
        &text("cpu"),
        &long(len),
        b"NtQ",
    ];
    let args = [&storage.concat()[..], &long(offset), &tuple(shape), &tuple(strides)].concat();
    [b"ctorch._utils\n_rebuild_tensor\n(", &args[..], b"tR"].concat()
}

fn legacy(object: &[u8], values: &[f32]) -> Vec<u8> {
    let keys = [b"](", &text("0")[..], b"e."].concat();
    let storage: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    [
        &legacy_head()[..],
        object,
        &keys,
        &(values.len() as u64).to_le_bytes(),
        &storage,
    ]
    .concat()
}

fn dict(tensor: &[u8]) -> Vec<u8> {
    [b"}", &text("a")[..], tensor, b"s."].concat()
}

#[test]
fn a_tensor_lies_in_its_storage() {
    let values = [0., 1., 2., 3., 4., 5.];
    let read = |len, offset, shape: &[i64], strides: &[i64]| {
        let read = of_pickle(&legacy(&dict(&tensor(len, offset, shape, strides)), &values));
        read.map(|tensors| Vec::<f32>::try_from(tensors["a"].flatten(0, -1)).unwrap())
    };
    assert_eq!(read(6, 0, &[2, 3], &[3, 1]).unwrap(), values);
    assert_eq!(read(6, 1, &[2, 2], &[1, 3]).unwrap(), [1., 4., 2., 5.]);
    assert_eq!(read(6, 5, &[], &[]).unwrap(), [5.]);
    assert_eq!(read(6, 4, &[1, 2], &[9, 1]).unwrap(), [4., 5.]);
    assert!(read(6, 9, &[0, 2], &[2, 1]).unwrap().is_empty());
    // A Hankel matrix: values that are used twice, but no more values than the storage has.
    assert_eq!(read(6, 0, &[2, 3], &[1, 1]).unwrap(), [0., 1., 2., 1., 2., 3.]);
    let huge = i64::MAX;
    type Place = (i64, i64, &'static [i64], &'static [i64]);
    let bad: [Place; 14] = [
        (6, 0, &[7], &[1]),
        (6, 1, &[2, 3], &[3, 1]),
        (6, 6, &[], &[]),
        (6, -1, &[1], &[1]),
        (6, 0, &[-1], &[1]),
        (6, 0, &[2], &[-1]),
        (6, 0, &[2, 3], &[1]),
        (6, huge, &[2], &[1]),
        (6, 0, &[2], &[i64::MAX]),
        (6, 0, &[i64::MAX, i64::MAX], &[0, 0]),
        (6, 0, &[1 << 40], &[0]),
        (huge, 0, &[1 << 40], &[1]),
        (7, 0, &[1], &[1]),
        (-6, 0, &[1], &[1]),
    ];
    for (len, offset, shape, strides) in bad {
        let error = read(len, offset, shape, strides).err();
        let refused = matches!(error, Some(Error::BadModel(_) | Error::Unsupported(_)));
        assert!(refused, "{len} {offset} {shape:?} {strides:?}: {error:?}");
    }
}

/// The most memory that this process ever had, in bytes.
fn peak_memory() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

#[test]
fn bombs_take_little_memory() {
    let before = peak_memory();
    let filled =
        |opcode: &[u8], start: &[u8]| legacy(&[start, &opcode.repeat((12 << 20) / opcode.len())].concat(), &[]);
    let long_list = [b"](", &b"K\x00".repeat(200_000)[..], b"e\x85q\x00"].concat();
    let long_tuple = [b"(", &b"K\x00".repeat(200_000)[..], b"tq\x00"].concat();
    let with_long_shape = {
        let one = tensor(1, 0, &[1], &[1]);
        let (start, end) = (one.len() - 2 * 12 - 2, one.len() - 2);
        [&one[..start], b"h\x00h\x00", &one[end..]].concat()
    };
    let bombs = [
        filled(b"(", b""),
        filled(b"}", b""),
        filled(b")q\x00", b""),
        filled(b"r\x01\x02\x03\x04", b"N"),
        filled(b"\x94", b"N"),
        filled(b"\x85", b"N"),
        // One long list or tuple, used again and again.
        filled(b"ccollections\nOrderedDict\nh\x00R", &long_list),
        filled(&with_long_shape, &long_tuple),
        filled(b"h\x00a", b"]q\x00"),
        legacy(b"X\xff\xff\xff\xff", &[]),
        legacy(&[&b"}"[..], &text("a"), b"q\x00h\x00s."].concat(), &[]),
    ];
    for (i, bomb) in bombs.iter().enumerate() {
        let error = of_pickle(bomb).err();
        assert!(
            matches!(error, Some(Error::BadModel(_) | Error::Unsupported(_))),
            "{i}: {error:?}"
        );
    }
    let grown = peak_memory().saturating_sub(before);
    assert!(grown < 1 << 30, "reading took {} MiB", grown >> 20);
}
