"""Python's own encoders as one module from pixels to vectors. A file of its own, so that a pickle finds the classes again."""

import torch


class TimmVectors(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixels):
        return self.model.forward_head(self.model.forward_features(pixels), pre_logits=True)


class ClipVectors(torch.nn.Module):
    """The image tower alone."""

    def __init__(self, model):
        super().__init__()
        self.vision_model, self.visual_projection = model.vision_model, model.visual_projection

    def forward(self, pixels):
        return self.visual_projection(self.vision_model(pixel_values=pixels).pooler_output)
