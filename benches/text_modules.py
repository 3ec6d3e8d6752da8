"""A BERT with what follows it as one module, from token ids to vectors: the form in which other runtimes are given it."""

import torch


class TextVectors(torch.nn.Module):
    """The mean of the tokens that are no padding, brought to length 1: what the checkpoint's modules.json says."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        hidden = self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weights).sum(1) / weights.sum(1)
        return torch.nn.functional.normalize(mean, dim=1)
