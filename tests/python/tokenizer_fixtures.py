"""Writes tests/fixtures/text: small tokenizers in the shapes that checkpoints have them, hostile and multilingual texts, and the ids that
transformers 5.17 gives. Run it with transformers 5.17.0 and sentence-transformers 6.0.1; the same versions write the same bytes.

    python tests/python/tokenizer_fixtures.py
"""

import collections
import json
import os
import random
import shutil
import tempfile
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["HF_HUB_OFFLINE"] = "1"

from sentence_transformers.sentence_transformer.modules import Transformer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoConfig, AutoModel, AutoTokenizer

HERE = Path(__file__).resolve().parent.parent / "fixtures" / "text"
LENGTHS = [20, 5]

SENTENCES = [
    "The harbour was quiet before the fishing boats came back.",
    "She counted seventeen swallows on the telephone wire and laughed.",
    "A library that prints nothing is a library one can trust.",
    "The engineer measured the bridge twice, then wrote the number down.",
    "Nobody expected rain, yet everyone had brought an umbrella.",
    "Der alte Müller öffnete langsam die schwere Tür seiner Mühle.",
    "Größere Äpfel fallen später vom Baum als die kleinen.",
    "L'été dernier, nous avons traversé la forêt à vélo.",
    "Où est la clé que j'ai laissée près de la fenêtre ?",
    "El niño dibujó un pingüino con una corbata roja.",
    "¿Quién dejó encendida la luz del jardín anoche?",
    "O coração da cidade bate devagar ao domingo de manhã.",
    "Il gatto più pigro dorme perché fuori fa troppo freddo.",
    "Zażółć gęślą jaźń, powiedział nauczyciel i otworzył okno.",
    "Příliš žluťoučký kůň stál tiše u plotu.",
    "Bu sabah İstanbul'da ışıklar erken söndü, çünkü güneş doğdu.",
    "Tối nay trời mưa, chúng tôi ở nhà nấu phở.",
    "Старый рыбак починил сеть и вышел в море до рассвета.",
    "Вчера ёлка ещё стояла, а сегодня её уже нет.",
    "Η γιαγιά έψησε ψωμί και ο παππούς έφερε ελιές.",
    "בבוקר פתחנו את החלון ושמענו את הציפורים.",
    "في الصباح فتح الولد الكتاب وقرأ القصة.",
    "सुबह बच्चे नदी के किनारे खेल रहे थे।",
    "เมื่อเช้านี้ฝนตกหนักมากที่ตลาด",
    "昨天下午我们在河边放风筝。",
    "老师把钥匙放在桌子上了。",
    "朝ごはんにパンと卵を食べました。",
    "오늘 아침에 바람이 많이 불었습니다.",
    "მთაში თოვლი ჯერ კიდევ დევს.",
    "Փոքրիկ տղան գտավ մի կարմիր քար։",
]

TEXTS = SENTENCES + [
    # nothing, or nearly
    "", " ", "\t\r\n", "\0", "\0\0\0", "\u00a0", "\u3000", "\u200b", "\ufeff", "\ufffd", "\x7f", "\x85", "\u2028\u2029", "\u00ad", "\u0301",
    # white space and controls around and inside words
    " quiet ", "\tquiet\nboats\r\n", "\u00a0quiet\u00a0boats\u00a0", "quiet\0boats", "qui\0et", "quiet\x1cboats", "\x1cquiet\x1f", "\x85quiet\x85",
    "quiet\u200bboats", "qui\u00adet", "quiet\u2028boats", "quiet\u3000boats", "  two  spaces  ", "quiet\x0b\x0cboats", "a\u180eb", "\u2003quiet\u2009",
    "quiet\ufeff", "quiet\ue000boats", "boats   quiet   ", "a\n\n b", " \u200d ", "quiet\u2060boats", "\u202eboats\u202c", "quiet\x01\x02boats\x1b[0m",
    # case and accents
    "QUIET HARBOUR", "Quiet hArBoUr", "İSTANBUL", "ışık IŞIK", "ΟΔΟΣ", "ὈΔΥΣΣΕΎΣ ὁ σοφός", "ΣΊΣΥΦΟΣ", "GROSSE STRAẞE Straße", "ǅungla ǄUNGLA",
    "café", "cafe\u0301", "CAFÉ", "Å Å A\u030a", "naïve façade", "ﬁsh ﬂag ﬀ", "ＦＵＬＬ width", "ⅷ Ⅷ ①", "Ё ё Е\u0308", "й и\u0306", "ñ n\u0303",
    "Z\u0351\u036b\u0343a\u0353\u0326l\u0354g\u030bo", "ộ o\u0323\u0302 o\u0302\u0323", "ʼn ŉ", "ª º", "µ μ", "K Å Ω", "𝐛𝐨𝐥𝐝 𝒽𝒶𝓇𝒷ℴ𝓊𝓇", "ß SS ss",
    # punctuation and symbols
    "!", "!!!", "...", "…", "don't", "it's—no—it is", "a.b.c", "e-mail: a_b@c.org", "http://quiet.example/boats?x=1&y=%20#z", "1,234.56", "3.14159",
    "100%", "$5 €6 £7 ¥8 ₹9", "a+b=c", "x^2", "`code`", "~/boats/*.txt", "<b>bold</b>", "{\"key\": [1, 2]}", "\\n\\t", "«quiet» „boats“ “rain”",
    "¿¡", "。、！？", "،؟", "।॥", "՞։", "†‡•", "©®™", "∑∫√∞≠", "→←↑↓", "½ ¼", "№ 5", "§3", "#harbour @boats", "|", "_", "__init__", "-", "--", "‐‑–—",
    # CJK
    "漢字", "漢字kanji漢字", "我们boats我们", "㐀㐁", "𠀀𠀁", "豈更", "丽", "ひらがなカタカナ", "한국어한국어", "ㄱㄴㄷ", "한글", "𪜀𫝀", "〇々〆", "台灣 台湾",
    # emoji
    "🙂", "🙂🙂🙂", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇫🇷🇩🇪", "👍🏽", "quiet🙂boats", "❤️", "1️⃣", "🫠",
    # right to left, joined and complex scripts
    "שלום עולם", "שָׁלוֹם", "السَّلَامُ عَلَيْكُمْ", "ﷺ", "لا", "क्षत्रिय", "நிலா", "ကမ္ဘာ", "ភាសាខ្មែរ", "བོད་སྐད", "ᚠᚢᚦ", "𐍈𐌰", "𓀀𓁐", "ꙮ", "word עברית word",
    # the edge of the code space
    "\U0010ffff", "\U0001f9ff\U000e0041", "\ufdd0", "\uffff", "\U0001fffe", "a\u0300" * 20, "\u0300" * 30,
    # special and added tokens inside a text
    "[CLS] boats [SEP]", "[MASK]", "[mask]", "[UNK] [PAD]", "the [MASK] boats", "quiet[SEP]boats", "[ SEP ]", "<s> boats </s>", "<boat> and <BOAT>",
    "see<boat>see", "quiet <mask> boats", "quiet <mask>boats", "  <mask>  <s>  ", "<pad></s><unk>", "<|endoftext|>", "<tag>quiet</tag>", "<TAG> quiet", "brandnewword brand", "BrandNewWord",
    # words at and over the limit of 100 characters
    "a" * 99, "a" * 100, "a" * 101, "é" * 100, "é" * 101, "boats" * 20, "boats" * 21, "ab " * 40, "quiet " * 60, "." * 120, "漢" * 60,
    # long ones
    {"repeat": "a", "times": 1_000_000}, {"repeat": "boats", "times": 20_000}, {"repeat": "é\u0301", "times": 20_000},
    {"repeat": "quiet boats. ", "times": 4_000}, {"repeat": "漢", "times": 20_000}, {"repeat": "\0", "times": 100_000}, {"repeat": " ", "times": 100_000},
]

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def expand(text):
    return text if isinstance(text, str) else text["repeat"] * text["times"]


def random_texts(count):
    """Unassigned, private, combining: whatever code points there are, but surrogates."""
    rng = random.Random(20260101)
    spans = [(0, 0x80), (0, 0x250), (0x250, 0x600), (0x600, 0xE00), (0x1E00, 0x3000), (0x3000, 0xD800), (0xE000, 0x10000), (0x10000, 0x110000)]
    return ["".join(chr(rng.randrange(*rng.choice(spans))) for _ in range(rng.randrange(1, 16))) for _ in range(count)]


def word_piece(lowercase):
    """A vocabulary by a plain rule, since the trainer's depends on the order of a hash map: letters, then the pieces that save the most."""
    normalizer, splitter = normalizers.BertNormalizer(lowercase=lowercase), pre_tokenizers.BertPreTokenizer()
    words = [w for s in SENTENCES for w, _ in splitter.pre_tokenize_str(normalizer.normalize_str(s))]
    letters = sorted(set("".join(words)))
    saved = collections.Counter()
    for word in words:
        for start in range(len(word)):
            for end in range(start + 2, len(word) + 1):
                saved[("##" if start else "") + word[start:end]] += end - start - 1
    pieces = sorted(saved, key=lambda piece: (-saved[piece], piece))[:140]
    vocab = SPECIAL + letters + ["##" + c for c in letters if c.isalpha() and c < "\u0900"] + pieces
    tokenizer = Tokenizer(models.WordPiece({token: i for i, token in enumerate(vocab)}, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, splitter
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer


def bert_json(tokenizer, **changes):
    """The tokenizer.json that transformers itself would have saved."""
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("[CLS]", "[SEP]")],
    )
    return json.loads(tokenizer.to_str()) | changes


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=500, min_frequency=2, special_tokens=["<s>", "</s>", "<pad>"], show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 1), ("<s>", 0))
    return json.loads(tokenizer.to_str())


def byte_level_files(mask="<mask>"):
    """vocab.json and merges.txt of RoBERTa's kind, out of the same training."""
    model = byte_level()["model"]
    names = ["<s>", "<pad>", "</s>", "<unk>"]
    tokens = names + [t for t in sorted(model["vocab"], key=model["vocab"].get) if t not in names] + [mask]
    return {token: i for i, token in enumerate(tokens)}, [tuple(m.split(" ")) if isinstance(m, str) else tuple(m) for m in model["merges"]]


def clip_files():
    """vocab.json and merges.txt of CLIP's kind: words of lower case that end in </w>."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=450, min_frequency=2, show_progress=False, initial_alphabet=alphabet, end_of_word_suffix="</w>")
    tokenizer.train_from_iterator([" ".join(s.split()).replace(" ", "\n") for s in SENTENCES], trainer)
    merges = [m.split(" ") if isinstance(m, str) else m for m in json.loads(tokenizer.to_str())["model"]["merges"]]
    tokens = dict.fromkeys([*alphabet, *(c + "</w>" for c in alphabet), *("".join(m) for m in merges), "<|startoftext|>", "<|endoftext|>"])
    return {token: i for i, token in enumerate(tokens)}, [tuple(m) for m in merges]


def gemma_json():
    """A tokenizer.json of Gemma's kind: bytes first, then letters and a few words."""
    words = ["▁the", "▁quiet", "▁boats", "th", "the", "qu", "ie", "quie", "quiet", "bo", "at", "boat", "boats", "▁the", "▁quiet", "▁boats"]
    letters = sorted(set("".join(SENTENCES[:12]).replace(" ", "▁")) | set("▁THE"))
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    vocab = dict.fromkeys([*special, *(f"<0x{b:02X}>" for b in range(256)), "\n", *letters, *words])
    merges = [("t", "h"), ("th", "e"), ("q", "u"), ("i", "e"), ("qu", "ie"), ("quie", "t"), ("b", "o"), ("a", "t"), ("bo", "at"), ("boat", "s"),
              ("▁", "the"), ("▁", "quiet"), ("▁", "boats")]
    tokenizer = Tokenizer(models.BPE({t: i for i, t in enumerate(vocab)}, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <eos>", pair="$A <eos> $B:1 <eos>:1", special_tokens=[("<eos>", 1)])
    tokenizer.add_special_tokens(special)
    return json.loads(tokenizer.to_str())


def unigram():
    letters = sorted(set("".join(SENTENCES[:12])) - {" "})
    words = ["▁the", "▁quiet", "▁boats", "▁harbour", "oat", "ing", "▁and", "▁a", "ed", "er", "▁"]
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    pieces += [(w, -2.0 - i / 8) for i, w in enumerate(words)] + [(c, -6.0 - i / 64) for i, c in enumerate(letters) if c != "▁"]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(" {2,}", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return json.loads(tokenizer.to_str())


def added(content, **flags):
    return {"content": content, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True} | flags


def checkpoints():
    """Name → the files of a checkpoint that say how it tokenizes."""
    lower, cased = word_piece(True), word_piece(False)
    vocab = {}
    for name, tokenizer in (("lower", lower), ("cased", cased)):
        tokens = tokenizer.get_vocab()
        vocab[name] = "".join(token + "\n" for token in sorted(tokens, key=tokens.get))
    standard = {str(i): added(t) for i, t in enumerate(SPECIAL)}
    extra = {
        "5000": added("<boat>", lstrip=True, rstrip=True, special=False),
        "5001": added("<tag>", normalized=True, special=False),
        "5002": added("brandnewword", normalized=True, single_word=True, special=False),
    }
    byte_vocab, merges = byte_level_files()
    merges_txt = "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges)
    old_bpe = {"vocab": byte_vocab, "merges": [" ".join(m) for m in merges], "unk_token": "<unk>", "dropout": None, "fuse_unk": True}
    clip_vocab, clip_merges = clip_files()
    clip_txt = "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in clip_merges)
    clip_start, clip_end = ({k: v for k, v in added(t, normalized=True).items() if k != "special"} for t in ("<|startoftext|>", "<|endoftext|>"))
    roberta = {t: i for t, i in byte_vocab.items() if t in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")}
    mpnet = "<s>\n<pad>\n</s>\n<unk>\n" + vocab["lower"].replace("[PAD]\n", "").replace("[CLS]\n", "").replace("[SEP]\n", "").replace("[MASK]\n", "") + "<mask>\n"
    mpnet_tokens = {token: i for i, token in enumerate(mpnet.splitlines())}
    renamed = vocab["cased"].replace("[CLS]", "<s>").replace("[SEP]", "</s>").replace("[PAD]", "<pad>").replace("[UNK]", "<unk>").replace("[MASK]", "<mask>")
    return {
        "vocab_only": {"vocab.txt": vocab["lower"]},
        "vocab_cased": {"vocab.txt": vocab["cased"], "tokenizer_config.json": {"do_lower_case": False, "tokenizer_class": "BertTokenizer"}},
        "vocab_options": {
            # Windows lines, a token that stands twice, white space behind tokens.
            "vocab.txt": vocab["lower"].replace("\n", "\r\n") + "quiet\u00a0 \r\nzebra\t\r\nthe\r\nlast",
            "tokenizer_config.json": {
                "do_lower_case": True, "strip_accents": False, "tokenize_chinese_chars": False, "truncation_side": "left",
                "added_tokens_decoder": standard | extra, "additional_special_tokens": ["<s>", "</s>"],
            },
        },
        "vocab_legacy": {
            "vocab.txt": renamed,
            "tokenizer_config.json": {"do_lower_case": False, "strip_accents": True, "tokenizer_class": "BertTokenizerFast"},
            "special_tokens_map.json": {
                "cls_token": "<s>", "sep_token": added("</s>"), "pad_token": "<pad>", "unk_token": "<unk>",
                "mask_token": {"content": "<mask>", "lstrip": True, "normalized": False, "rstrip": False, "single_word": False},
            },
            "added_tokens.json": {"<boat>": 900, "<tag>": 901},
        },
        # tokenizer.json lowercases; the config says nothing, so BertTokenizer does too, by its own default.
        "both_agree": {"tokenizer.json": bert_json(lower), "tokenizer_config.json": {"tokenizer_class": "BertTokenizer", "model_max_length": 512}},
        # The config wins: cased, accents stripped, left truncation, and of tokenizer.json's added tokens only the config's.
        "both_disagree": {
            "tokenizer.json": bert_json(
                lower, truncation={"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0},
                added_tokens=[{"id": i, **added(t)} for i, t in enumerate(SPECIAL)] + [{"id": 700, **added("<boat>")}],
            ),
            "tokenizer_config.json": {
                "do_lower_case": False, "strip_accents": True, "tokenize_chinese_chars": False, "truncation_side": "left",
                "added_tokens_decoder": standard | {"700": added("<tag>")},
            },
        },
        # The same, but no added_tokens_decoder: tokenizer.json's tokens stay. Its normalizer and template do not.
        "both_no_decoder": {
            "tokenizer.json": bert_json(
                cased, truncation={"direction": "Left", "max_length": 4, "strategy": "LongestFirst", "stride": 1},
                padding={"strategy": {"Fixed": 16}, "direction": "Left", "pad_to_multiple_of": 8, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
                added_tokens=[{"id": 0, **added("[PAD]")}, {"id": 700, **added("<boat>", rstrip=True)}], post_processor=None,
            ),
            "tokenizer_config.json": {"tokenizer_class": "BertTokenizer"},
        },
        # Any other class: tokenizer.json is run, with the config's tokens on top.
        "fast_class": {
            "tokenizer.json": bert_json(cased),
            "tokenizer_config.json": {
                "tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": True, "cls_token": "[CLS]", "pad_token": "[PAD]",
                "added_tokens_decoder": extra, "extra_special_tokens": ["</s>"],
            },
        },
        "byte_level": {
            "tokenizer.json": byte_level(),
            "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<pad>", "truncation_side": "left"},
        },
        "unigram": {"tokenizer.json": unigram(), "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<pad>"}},
        # A class that transformers does not know, and padding that brings its own token.
        "unknown_class": {
            "tokenizer.json": bert_json(
                cased, padding={"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": None, "pad_id": 7, "pad_type_id": 0, "pad_token": "[MASK]"},
                added_tokens=[{"id": 2, **added("[CLS]")}],
            ),
            "tokenizer_config.json": {"tokenizer_class": "NoSuchTokenizerFast", "do_lower_case": True},
        },
        # Files of the first versions do not name their kind of model.
        "old_json": {
            "tokenizer.json": (j := bert_json(cased)) | {"model": {k: v for k, v in j["model"].items() if k != "type"}},
            "tokenizer_config.json": {"do_lower_case": False, "tokenizer_class": "ElectraTokenizerFast"},
            "config.json": {"model_type": "electra"},
        },
        # The model's config names the class, and not the one that is usual for it.
        "class_of_the_model": {"vocab.txt": vocab["cased"], "config.json": {"model_type": "roberta", "tokenizer_class": "DistilBertTokenizer"}},
        "mpnet_vocab": {"vocab.txt": mpnet, "config.json": {"model_type": "mpnet"}},
        # As the first sentence models have it: a tokenizer.json, and special tokens beside it.
        "mpnet_both": {
            "tokenizer.json": bert_json(cased, added_tokens=[{"id": i, **added(t)} for t, i in mpnet_tokens.items() if t in ("<s>", "<pad>", "</s>", "[UNK]")])
            | {"model": json.loads(cased.to_str())["model"] | {"vocab": mpnet_tokens, "unk_token": "<unk>"}, "post_processor": None},
            "tokenizer_config.json": {
                "tokenizer_class": "MPNetTokenizer", "do_lower_case": True, "strip_accents": False, "bos_token": "<s>", "cls_token": "<s>", "sep_token": "</s>",
                "eos_token": "</s>", "unk_token": "[UNK]", "pad_token": "<pad>", "mask_token": "<mask>", "model_max_length": 32,
            },
            "special_tokens_map.json": {"mask_token": added("<mask>", lstrip=True, rstrip=True), "cls_token": "<s>", "bos_token": added("<s>")},
            "config.json": {"model_type": "mpnet"},
        },
        "roberta_files": {"vocab.json": byte_vocab, "merges.txt": merges_txt, "config.json": {"model_type": "roberta"}},
        # Ids with holes, no version line, Windows lines, a token that is no number.
        "roberta_options": {
            "vocab.json": {t: i + (i > 300) for t, i in byte_vocab.items()} | {"zebra": "none"},
            "merges.txt": "".join(f"{a} {b}\r\n" for a, b in merges),
            "tokenizer_config.json": {
                "tokenizer_class": "RobertaTokenizerFast", "add_prefix_space": True, "trim_offsets": False, "truncation_side": "left", "cls_token": "</s>",
                "added_tokens_decoder": {str(i): added(t, lstrip=t == "<mask>", normalized=t == "<mask>") for t, i in roberta.items()} | extra,
            },
            "config.json": {"model_type": "roberta"},
        },
        "roberta_legacy": {
            "vocab.json": byte_vocab, "merges.txt": merges_txt,
            "tokenizer_config.json": {"tokenizer_class": "RobertaTokenizer", "max_len": 48},
            "special_tokens_map.json": {"mask_token": {"content": "<mask>", "lstrip": True, "normalized": False, "rstrip": False, "single_word": False}},
            "added_tokens.json": {"<boat>": 900, "<tag>": 901}, "config.json": {"model_type": "roberta"},
        },
        # The class makes all but the vocabulary anew: the old pieces lose their lowercasing, their template and their unknown token.
        "roberta_both": {
            "tokenizer.json": byte_level() | {
                "model": old_bpe | {"type": "BPE"}, "normalizer": {"type": "Lowercase"}, "post_processor": bert_json(lower)["post_processor"],
                "added_tokens": [{"id": i, **added(t)} for t, i in roberta.items()],
            },
            "tokenizer_config.json": {"tokenizer_class": "RobertaTokenizer", "mask_token": {"__type": "AddedToken", **added("<mask>", lstrip=True)}},
            "config.json": {"model_type": "roberta"},
        },
        "gpt2_files": {
            "vocab.json": byte_vocab, "merges.txt": merges_txt,
            "tokenizer_config.json": {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True, "bos_token": "<s>", "pad_token": "<pad>"},
            "config.json": {"model_type": "roberta"},
        },
        "gpt2_both": {
            "tokenizer.json": byte_level(),
            "tokenizer_config.json": {"tokenizer_class": "GPT2TokenizerFast", "add_bos_token": True, "add_prefix_space": True, "pad_token": "<pad>"},
            "config.json": {"model_type": "roberta"},
        },
        # For this family transformers believes no class that a checkpoint names.
        "modernbert": {
            "tokenizer.json": byte_level() | {"normalizer": {"type": "NFC"}, "added_tokens": [{"id": 2, **added("<pad>", lstrip=True)}, {"id": 600, **added("  ", special=False, normalized=True)}]},
            "tokenizer_config.json": {"tokenizer_class": "RobertaTokenizerFast", "pad_token": "<pad>", "mask_token": "[MASK]", "model_max_length": 8192},
            "config.json": {"model_type": "modernbert"},
        },
        "clip_files": {"vocab.json": clip_vocab, "merges.txt": clip_txt, "config.json": {"model_type": "clip"}},
        # As OpenAI's checkpoints have it beside those: tokens that are found in the normalised text, and fields that the class no longer reads.
        "clip_openai": {
            "vocab.json": clip_vocab, "merges.txt": clip_txt, "config.json": {"model_type": "clip"},
            "tokenizer_config.json": {
                "unk_token": clip_end | {"__type": "AddedToken"}, "bos_token": clip_start | {"__type": "AddedToken"}, "eos_token": clip_end | {"__type": "AddedToken"},
                "pad_token": "<|endoftext|>", "add_prefix_space": False, "errors": "replace", "do_lower_case": False, "tokenizer_class": "CLIPTokenizer", "model_max_length": 77,
            },
            "special_tokens_map.json": {"bos_token": clip_start, "eos_token": clip_end, "unk_token": clip_end, "pad_token": "<|endoftext|>"},
        },
        # The class makes all but the vocabulary anew: padding with "!", as OpenCLIP's checkpoints have it, and another first token.
        "clip_both": {
            "tokenizer.json": byte_level() | {
                "model": {"type": "BPE", "vocab": clip_vocab, "merges": [" ".join(m) for m in clip_merges], "unk_token": "!", "dropout": None},
                "added_tokens": [{"id": clip_vocab[t], **added(t, normalized=True)} for t in ("<|startoftext|>", "<|endoftext|>")],
            },
            "tokenizer_config.json": {"tokenizer_class": "CLIPTokenizerFast", "pad_token": "!", "bos_token": "quiet</w>", "truncation_side": "left", "model_max_length": 32},
            "config.json": {"model_type": "clip"},
        },
        # As SigLIP 2's fixed sizes name it: not what is usual for the model.
        "gemma": {
            "tokenizer.json": gemma_json() | {"normalizer": {"type": "Lowercase"}},
            "tokenizer_config.json": {
                "tokenizer_class": "GemmaTokenizer", "add_bos_token": False, "add_eos_token": True, "model_max_length": 64, "do_lower_case": True,
                "added_tokens_decoder": {str(i): added(t) for i, t in enumerate(["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"])} | {"700": added("<boat>")},
            },
            "config.json": {"model_type": "siglip"},
        },
        "gemma_of_siglip2": {
            "tokenizer.json": gemma_json() | {"post_processor": None},
            "tokenizer_config.json": {"tokenizer_class": "Siglip2Tokenizer", "model_max_length": 64}, "config.json": {"model_type": "siglip"},
        },
        # sentence-transformers' own do_lower_case, over a cased tokenizer.
        "lowercased": {
            "vocab.txt": vocab["cased"], "tokenizer_config.json": {"do_lower_case": False, "tokenizer_class": "BertTokenizer"},
            "sentence_bert_config.json": {"max_seq_length": 40, "do_lower_case": True},
        },
    }


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=True, indent=1) + "\n", encoding="utf-8")


def lines(name, rows):
    return f' "{name}": [\n' + ",\n".join("  " + json.dumps(row, separators=(",", ":")) for row in rows) + "\n ]"


TINY = {
    "vocab_size": 2000, "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 4, "max_position_embeddings": 64,
    "pad_token_id": 0,
}


def write(folder, files):
    """Writes the files of one checkpoint."""
    for file, content in files.items():
        if isinstance(content, (str, bytes)):
            (folder / file).write_bytes(content.encode() if isinstance(content, str) else content)
        elif file in ("tokenizer.json", "vocab.json"):
            (folder / file).write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
        else:
            write_json(folder / file, content)


def dual(folder):
    """The tokenizer of a model of texts and images, and its most tokens where there are 64 positions."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return tokenizer, min(tokenizer.model_max_length, TINY["max_position_embeddings"])


def textual(name, files, folder, texts):
    """The same of a model of texts."""
    with tempfile.TemporaryDirectory() as model:
        shutil.copytree(folder, model, dirs_exist_ok=True)
        config = {"model_type": "bert"} | files.get("config.json", {})
        AutoModel.from_config(AutoConfig.for_model(**TINY | config)).save_pretrained(model)
        # sentence-transformers as it loads the folder: its lowercasing and its lengths count, and it must not change a text otherwise.
        module = Transformer.load(model)
        tokenizer = module.tokenizer
        if name != "lowercased":
            plain = AutoTokenizer.from_pretrained(model)
            assert all(plain(t).input_ids == tokenizer(t).input_ids for t in texts[:60])
        if tokenizer.pad_token is not None:
            for text in texts[:80]:
                seen = module.preprocess([text])["input_ids"][0].tolist()
                assert seen == tokenizer(text, truncation=True, max_length=module.max_seq_length).input_ids, text
        return tokenizer, module.max_seq_length


def record(name, files):
    """Writes the files of one checkpoint, and what transformers makes of all texts with them."""
    texts = [expand(t) for t in json.loads((HERE / "texts.json").read_text())]
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    write(folder, files)

    tokenizer, most = dual(folder) if files.get("config.json", {}).get("model_type") in ("clip", "siglip") else textual(name, files, folder, texts)

    expected = [f' "max_length": {most}', f' "vocab_size": {len(tokenizer)}', f' "pad_id": {tokenizer.pad_token_id or 0}']
    whole = [tokenizer(t, return_token_type_ids=True) for t in texts]
    assert all(set(w.token_type_ids) <= {0} for w in whole)
    expected.append(' "count": ' + json.dumps([len(w.input_ids) for w in whole]))
    if files.get("config.json", {}).get("model_type") == "siglip":
        rows = [tokenizer(t, truncation=True, max_length=20, padding="max_length").input_ids for t in texts]
        expected.append(lines("padded", rows))
    for length in LENGTHS:
        rows = [tokenizer(t, truncation=True, max_length=length).input_ids for t in texts]
        # SiglipTokenizer puts no end behind a text that was cut right after a </s> of its own, which no tokenizer.json can say: null.
        expected.append(lines(str(length), [row if len(row) == min(length, len(w.input_ids)) else None for row, w in zip(rows, whole)]))
    (folder / "expected.json").write_text("{\n" + ",\n".join(expected) + "\n}\n")


def main():
    HERE.mkdir(parents=True, exist_ok=True)
    texts = TEXTS + random_texts(20)
    (HERE / "texts.json").write_text("[\n" + ",\n".join(json.dumps(t, ensure_ascii=True) for t in texts) + "\n]\n")
    for name, files in checkpoints().items():
        record(name, files)


if __name__ == "__main__":
    main()
