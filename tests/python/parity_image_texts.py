"""Tokenizers for models with a text tower: the class and the form of the real one, over a small vocabulary. It needs transformers."""

import json
from io import BytesIO

LABELS = ["cat", "cup of coffee", "astronaut", "rocket", "red motorcycle"]
TEMPLATES = ["this is a photo of {}.", "a {}", "is this a {} of a photo?"]
WORDS = "this is a photo of " + " ".join(LABELS)
CLIP_SIZE = 49408


def save_tokenizer(folder, name):
    (save_clip if name.startswith("clip") else save_siglip)(folder)


def save_clip(folder):
    """Byte-level pairs: every byte, alone and at a word's end, then the words' own merges; the two special ones come last."""
    from transformers import CLIPTokenizer
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    letters = list(bytes_to_unicode().values())
    vocabulary = letters + [letter + "</w>" for letter in letters]
    merges = []
    for word in sorted(set(WORDS.split())):
        parts = [*word[:-1], word[-1] + "</w>"]
        for i in range(1, len(parts)):
            pair = ("".join(parts[:i]), parts[i])
            if pair not in merges:
                merges.append(pair)
                vocabulary.append("".join(pair))
    vocabulary += [f"unused{i}" for i in range(CLIP_SIZE - 2 - len(vocabulary))] + ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {piece: i for i, piece in enumerate(vocabulary)}
    CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=77).save_pretrained(folder)
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges), encoding="utf-8")


def save_siglip(folder):
    import sentencepiece
    from transformers import SiglipTokenizer

    trained = BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([WORDS, *WORDS.split()] * 20), model_writer=trained, vocab_size=60, hard_vocab_limit=False,
        pad_id=0, eos_id=1, unk_id=2, bos_id=-1, pad_piece="<pad>", minloglevel=2)  # fmt: skip
    (folder / "spiece.model").write_bytes(trained.getvalue())
    # Released checkpoints say so: the model reads no mask.
    SiglipTokenizer(str(folder / "spiece.model"), model_max_length=64, model_input_names=["input_ids"]).save_pretrained(folder)
