"""Writes tests/fixtures/text/sp_*: checkpoints whose tokenizer is a SentencePiece model (trained here, on sentences of ours), alone or beside a
tokenizer.json, and the ids that transformers 5.17 gives for texts.json. Run it after tokenizer_fixtures.py, with transformers 5.17.0 and
sentencepiece 0.2.3; the same versions write the same bytes.

    python tests/python/sentencepiece_fixtures.py
"""

import functools
import io
import json
import shutil
import tempfile
from pathlib import Path

import sentencepiece
from tokenizer_fixtures import HERE, SENTENCES, added, record, write
from transformers import AutoTokenizer

# A normalization of our own, as small as one can be that has rules of every shape: wide letters, ligatures, marks that join, spaces, one to none.
RULES = [(chr(c), chr(c - 0xFEE0)) for c in range(0xFF01, 0xFF5F)] + [
    ("\u3000", " "), ("\u00a0", " "), ("\t", " "), ("\n", " "), ("\r", " "), ("\u2028", " "), ("\u00ad", ""), ("\ufeff", ""), ("\u200b", ""),
    ("\ufb01", "fi"), ("\ufb02", "fl"), ("\u2026", "..."), ("\u00bd", "1/2"), ("\u212b", "\u00c5"),
    ("e\u0301", "\u00e9"), ("o\u0323\u0302", "\u1ed9"), ("\u0421", "C"), ("\u00df", "ss"),
]


def rules(folder):
    path = Path(folder) / "rules.tsv"
    codes = lambda text: " ".join(f"{ord(c):X}" for c in text)
    path.write_text("".join(f"{codes(old)}\t{codes(new)}\n" for old, new in RULES))
    return {"normalization_rule_tsv": str(path)}


def train(sentences, vocab_size, **options):
    """A SentencePiece model's file."""
    model = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        if options.get("normalization_rule_name") is None:
            options |= rules(folder)
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences), model_writer=model, vocab_size=vocab_size + 256 * options.get("byte_fallback", False),
            num_threads=1, minloglevel=2, hard_vocab_limit=False, character_coverage=0.98, **options,
        )
    return model.getvalue()


def named(content, **flags):
    return {"__type": "AddedToken"} | added(content, **flags)


def checkpoints(train):
    """Name → the files of a checkpoint that say how it tokenizes."""
    fairseq = train(model_type="unigram")
    deberta = train(
        model_type="unigram", pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]",
    )
    albert = train(
        model_type="unigram", pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, control_symbols="[CLS],[SEP],[MASK]", user_defined_symbols="(,),\",-,.,–,£,€",
    )
    plain_bpe = train(model_type="bpe", unk_id=2, bos_id=0, eos_id=1, unk_piece="[UNK]", user_defined_symbols="<tag>,boats", control_symbols="<ctl>")
    byte_bpe = train(model_type="bpe", byte_fallback=True, normalization_rule_name="identity")
    byte_unigram = train(model_type="unigram", byte_fallback=True, user_defined_symbols="<boat>,quiet", bos_id=-1, unk_id=0, eos_id=1)
    siglip = train(model_type="unigram", pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    files = {
        # As DeBERTa-v3 comes: no tokenizer.json, and a mask that the model does not have.
        "sp_deberta_v3": {
            "spm.model": deberta, "tokenizer_config.json": {"do_lower_case": False, "vocab_type": "spm"}, "config.json": {"model_type": "deberta-v2"},
        },
        # An unknown token that stands where the model says, words cut at punctuation, added tokens of an old file.
        "sp_deberta_v2_options": {
            "spm.model": train(model_type="unigram", unk_id=5, bos_id=0, eos_id=1, user_defined_symbols="<tag>", control_symbols="[CLS]"),
            "tokenizer_config.json": {
                "tokenizer_class": "DebertaV2TokenizerFast", "do_lower_case": True, "split_by_punct": True, "add_prefix_space": False,
                "unk_token": "<unk>", "truncation_side": "left",
            },
            "added_tokens.json": {"[MASK]": 700, "<boat>": 701}, "config.json": {"model_type": "deberta-v2"},
        },
        # As XLM-RoBERTa first came: the model and nothing else.
        "sp_xlm_roberta": {"sentencepiece.bpe.model": fairseq, "config.json": {"model_type": "xlm-roberta"}},
        "sp_xlm_roberta_options": {
            "sentencepiece.bpe.model": fairseq,
            "tokenizer_config.json": {
                "add_prefix_space": False, "bos_token": "[CLS]", "eos_token": named("</s>"), "mask_token": named("<mask>", lstrip=True),
                "additional_special_tokens": ["<boat>"], "tokenizer_class": "XLMRobertaTokenizer",
            },
            "config.json": {"model_type": "xlm-roberta"},
        },
        "sp_camembert": {
            "sentencepiece.bpe.model": fairseq, "tokenizer_config.json": {"tokenizer_class": "CamembertTokenizer", "model_max_length": 512},
            "special_tokens_map.json": {"additional_special_tokens": ["<s>NOTUSED", "</s>NOTUSED"], "mask_token": "<mask>"},
            "added_tokens.json": {"<boat>": 900}, "config.json": {"model_type": "camembert"},
        },
        "sp_albert": {"spiece.model": albert, "config.json": {"model_type": "albert"}},
        "sp_albert_options": {
            "spiece.model": albert, "config.json": {"model_type": "albert"},
            "tokenizer_config.json": {
                "do_lower_case": False, "keep_accents": True, "add_prefix_space": False, "add_bos_token": True,
                "added_tokens_decoder": {"4": added("[MASK]", lstrip=True), "2000": added("<tag>", special=False, normalized=True)},
            },
        },
        # Classes that run whatever the model is.
        "sp_backend_bpe": {
            "tokenizer.model": plain_bpe,
            "tokenizer_config.json": {
                "tokenizer_class": "PreTrainedTokenizerFast", "add_bos_token": True, "add_eos_token": True,
                "added_tokens_decoder": {"3": added("<renamed>"), "1000": added("[MASK]")},
            },
            "config.json": {"model_type": "modernbert"},
        },
        "sp_backend_byte_bpe": {
            "tokenizer.model": byte_bpe, "tokenizer_config.json": {"tokenizer_class": "LlamaTokenizer"}, "config.json": {"model_type": "modernbert"},
        },
        "sp_backend_unigram": {
            "tokenizer.model": byte_unigram, "tokenizer_config.json": {"add_eos_token": True, "pad_token": "<pad>"},
            "config.json": {"model_type": "modernbert"},
        },
        "sp_llama": {
            "tokenizer.model": byte_bpe,
            "tokenizer_config.json": {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "pad_token": "</s>", "legacy": True},
            "config.json": {"model_type": "llama"},
        },
    }
    files |= {
        # As SigLIP comes: this class reads no tokenizer.json, and what an old version of the config says is the default.
        "sp_siglip": {
            "spiece.model": siglip, "tokenizer.json": {"model": {"type": "Unigram"}}, "config.json": {"model_type": "siglip"},
            "tokenizer_config.json": {
                "tokenizer_class": "SiglipTokenizer", "do_lower_case": True, "model_input_names": ["input_ids"], "model_max_length": 64,
                "added_tokens_decoder": {str(i): added(t, lstrip=True, rstrip=True) for i, t in [(1, "</s>"), (2, "<unk>")]}, "additional_special_tokens": [],
                "eos_token": "</s>", "pad_token": "</s>", "unk_token": "<unk>", "sp_model_kwargs": {}, "clean_up_tokenization_spaces": True,
            },
        },
        "sp_siglip_options": {
            "spiece.model": siglip, "config.json": {"model_type": "siglip"},
            "tokenizer_config.json": {"do_lower_case": False, "pad_token": "<pad>", "truncation_side": "left", "padding_side": "left", "model_max_length": 16},
        },
    }
    # A class makes its tokenizer anew from a tokenizer.json, too, and its config wins.
    for name, origin, config in [
        ("sp_deberta_v3_json", "sp_deberta_v3", {"tokenizer_class": "DebertaV2Tokenizer", "do_lower_case": True, "unk_id": 3}),
        ("sp_xlm_roberta_json", "sp_xlm_roberta", {
            "tokenizer_class": "XLMRobertaTokenizerFast", "mask_token": named("<mask>", lstrip=True),
            "added_tokens_decoder": {"0": added("<s>"), "1": added("<pad>"), "5000": added("<boat>", rstrip=True, special=False)},
        }),
        ("sp_camembert_json", "sp_camembert", {"tokenizer_class": "CamembertTokenizer"}),
        ("sp_albert_json", "sp_albert", {"tokenizer_class": "AlbertTokenizer", "do_lower_case": False}),
        ("sp_llama_json", "sp_llama", {"tokenizer_class": "LlamaTokenizerFast", "add_prefix_space": False, "pad_token": "</s>"}),
    ]:
        saved = load(files[origin]).backend_tokenizer.to_str()
        files[name] = {"tokenizer.json": json.loads(saved), "tokenizer_config.json": config, "config.json": files[origin]["config.json"]}
    return files


def load(files):
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), files)
        return AutoTokenizer.from_pretrained(folder)


def main():
    for old in HERE.glob("sp_*"):
        shutil.rmtree(old)
    for name, files in checkpoints(functools.partial(train, SENTENCES, 450)).items():
        record(name, files)


if __name__ == "__main__":
    main()
