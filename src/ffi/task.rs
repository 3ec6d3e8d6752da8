//! What callers may say of a task.

use std::mem::offset_of;

use super::str::{self, glyxel_str};
use super::versioned::{self, Versioned};
use crate::bundle::Activation;
use crate::error::{Error, Result};
use crate::tasks::TaskOptions;

/// How a task makes scores. Set struct_size to sizeof(glyxel_task_options); all else may be zero.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct glyxel_task_options {
    pub struct_size: u32,
    /// What makes scores of the model's logits: 0 what the model says, 1 nothing, 2 softmax, 3 sigmoid.
    pub activation: i32,
    /// How many predictions each item gets, in descending order of score; 0: all. Zero-shot tasks score every label.
    pub top_k: u32,
    /// Must be 0.
    pub reserved: u32,
    /// Zero-shot tasks: a sentence that holds "{}", where each label is put; empty: the model's usual one.
    pub template_: glyxel_str,
    /// Zero-shot tasks: several such sentences, template_ being empty; NULL if n_templates is 0. Of pictures each label is then compared by
    /// the mean of its sentences' directions; of texts the scores are averaged.
    pub templates: *const glyxel_str,
    pub n_templates: usize,
}

// SAFETY: integers and pointers with lengths, laid out without padding.
unsafe impl Versioned for glyxel_task_options {
    const NAME: &'static str = "glyxel_task_options";
    const ENDS: &'static [usize] = &[
        offset_of!(Self, activation),
        offset_of!(Self, top_k),
        offset_of!(Self, reserved),
        offset_of!(Self, template_),
        offset_of!(Self, templates),
        offset_of!(Self, n_templates),
        size_of::<Self>(),
    ];
}

const _: () = assert!(size_of::<glyxel_task_options>() == 4 * 4 + 2 * size_of::<glyxel_str>());

pub(super) unsafe fn read_options(pointer: *const glyxel_task_options) -> Result<TaskOptions> {
    let o = versioned::read(pointer)?;
    if o.reserved != 0 {
        return Err(Error::Unsupported(format!(
            "glyxel_task_options: reserved is {}, which this version gives no meaning; set it to 0",
            o.reserved
        )));
    }
    let activation = match o.activation {
        0 => None,
        1 => Some(Activation::None),
        2 => Some(Activation::Softmax),
        3 => Some(Activation::Sigmoid),
        other => {
            return Err(Error::InvalidArgument(format!(
                "glyxel_task_options: activation is {other}; give 0 (as the model says), 1 (none), 2 (softmax) or 3 (sigmoid)"
            )))
        }
    };
    let template = o.template_.read(&"glyxel_task_options.template_")?;
    let mut templates = str::read_texts(o.templates, o.n_templates, "glyxel_task_options.templates")?;
    if !template.is_empty() {
        if !templates.is_empty() {
            return Err(Error::InvalidArgument(
                "glyxel_task_options: template_ and templates are both set; put all of them into templates".into(),
            ));
        }
        templates = vec![template];
    }
    Ok(TaskOptions {
        activation,
        top_k: o.top_k as usize,
        templates,
    })
}
