//! What makes a variant of timm's VisionTransformer: the arguments of that class, set word by word, as in `BASE.patch(32).gap()`.

/// What a variant gives timm's class; the fields are its arguments.
#[derive(Clone, Copy)]
pub struct Variant {
    pub patch_size: i64,
    pub embed_dim: i64,
    pub depth: i64,
    pub num_heads: i64,
    pub mlp_ratio: f64,
    /// The feed-forward network's `fc1` gives two halves.
    pub gated: bool,
    pub activation: &'static str,
    pub eps: f64,
    pub qkv_bias: bool,
    /// `init_values`.
    pub scaled: bool,
    pub class_token: bool,
    pub distilled: bool,
    pub reg_tokens: i64,
    pub no_embed_class: bool,
    pub pre_norm: bool,
    pub final_norm: bool,
    pub global_pool: &'static str,
    pub fc_norm: Option<bool>,
    pub dynamic_img_size: bool,
}

pub const fn size(embed_dim: i64, depth: i64, num_heads: i64, mlp_ratio: f64) -> Variant {
    Variant {
        patch_size: 16,
        embed_dim,
        depth,
        num_heads,
        mlp_ratio,
        gated: false,
        activation: "gelu",
        eps: 1e-6,
        qkv_bias: true,
        scaled: false,
        class_token: true,
        distilled: false,
        reg_tokens: 0,
        no_embed_class: false,
        pre_norm: false,
        final_norm: true,
        global_pool: "token",
        fc_norm: None,
        dynamic_img_size: false,
    }
}

pub const TINY: Variant = size(192, 12, 3, 4.);
pub const SMALL: Variant = size(384, 12, 6, 4.);
pub const MEDIUM: Variant = size(512, 12, 8, 4.);
pub const BASE: Variant = size(768, 12, 12, 4.);
pub const LARGE: Variant = size(1024, 24, 16, 4.);
pub const HUGE: Variant = size(1280, 32, 16, 4.);
/// DINOv2's.
pub const GATED_GIANT: Variant = Variant {
    gated: true,
    activation: "silu",
    ..size(1536, 40, 24, 5.33334)
};

impl Variant {
    pub const fn patch(self, patch_size: i64) -> Self {
        Variant { patch_size, ..self }
    }

    /// With LayerScale.
    pub const fn scaled(self) -> Self {
        Variant { scaled: true, ..self }
    }

    pub const fn distilled(self) -> Self {
        Variant {
            distilled: true,
            ..self
        }
    }

    /// With registers, which have no position.
    pub const fn registers(self, reg_tokens: i64) -> Self {
        Variant { reg_tokens, ..self }.free()
    }

    /// With registers that have positions.
    pub const fn placed_registers(self, reg_tokens: i64) -> Self {
        Variant { reg_tokens, ..self }
    }

    /// Only patches have positions.
    pub const fn free(self) -> Self {
        Variant {
            no_embed_class: true,
            ..self
        }
    }

    pub const fn any_size(self) -> Self {
        Variant {
            dynamic_img_size: true,
            ..self
        }
    }

    /// As CLIP's towers are, with an activation of theirs.
    pub const fn clip(self, activation: &'static str) -> Self {
        Variant {
            pre_norm: true,
            eps: 1e-5,
            activation,
            ..self
        }
    }

    /// The patches are averaged, then normalised.
    pub const fn averaged_with_class(self) -> Self {
        Variant {
            global_pool: "avg",
            ..self
        }
    }

    /// The same without a class token.
    pub const fn averaged(self) -> Self {
        Variant {
            class_token: false,
            ..self.averaged_with_class()
        }
    }

    /// The same, normalised before that.
    pub const fn gap(self) -> Self {
        Variant {
            fc_norm: Some(false),
            ..self.averaged()
        }
    }

    /// Without a class token: a learned query pools the patches.
    pub const fn attending(self) -> Self {
        Variant {
            class_token: false,
            global_pool: "map",
            ..self
        }
    }

    pub const fn without_qkv_bias(self) -> Self {
        Variant {
            qkv_bias: false,
            ..self
        }
    }

    pub const fn without_final_norm(self) -> Self {
        Variant {
            final_norm: false,
            ..self
        }
    }

    pub const fn with(self, activation: &'static str) -> Self {
        Variant { activation, ..self }
    }
}
