//! `glyxel search` on pictures: those that a text describes (CLIP, SigLIP), or that look like a picture, the nearest first.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use glyxel::tasks::embed::{self, EmbedOptions, Normalize};
use serde::Serialize;

use crate::failure::{Failure, Outcome};
use crate::nearest::{Hit, Nearest};
use crate::output;
use crate::pictures::{self, Pictures};
use crate::search::Arguments;
use crate::session::Session;

pub fn run(arguments: &Arguments) -> Outcome<()> {
    if arguments.query == "-" {
        return Err(Failure::Usage(
            "among pictures there is one query: a text, or a picture's file".into(),
        ));
    }
    let mut session = Session::start(arguments.model.quiet)?;
    let mut pictures = Pictures::find(std::slice::from_ref(&arguments.file), arguments.pictures)?;
    let model = session.load(&arguments.model)?;
    let unit = |prompt: &str| EmbedOptions {
        normalize: Normalize::Yes,
        dim: 0,
        prompt: prompt.into(),
    };
    // Refuses what the model cannot do even before the first picture is read.
    embed::images(&model, Vec::new(), &unit(""), &session.call())?;
    let like = Path::new(&arguments.query);
    let query = match like.is_file() {
        true => embed::images(&model, vec![pictures::read(like)?], &unit(""), &session.call())
            .map_err(|error| pictures::named(like, error))?,
        false => {
            let texts = vec![arguments.query.clone()];
            embed::texts(&model, texts, &unit(&arguments.query_prompt), &session.call())?
        }
    };
    session.progress().expect(Some(pictures.bytes()));
    let mut nearest = Nearest::new(arguments.k as usize, &query);
    while let Some(chunk) = pictures.next(&session, |pictures| {
        let vectors = embed::images(&model, pictures, &unit(""), &session.call())?;
        Ok(vectors.chunks_exact(model.dim()).map(<[f32]>::to_vec).collect())
    })? {
        for (path, vector) in chunk.paths.into_iter().zip(&chunk.results) {
            nearest.offer(vector, || path);
        }
    }
    session.finish_display();
    output::print(&match arguments.json {
        true => as_json(&arguments.query, nearest.hits())?,
        false => as_text(nearest.hits()),
    })
}

fn as_json(query: &str, hits: &[Hit<PathBuf>]) -> Outcome<String> {
    #[derive(Serialize)]
    struct One {
        score: f32,
        path: String,
    }
    #[derive(Serialize)]
    struct All<'a> {
        query: &'a str,
        hits: Vec<One>,
    }
    let hits = hits.iter().map(|hit| One {
        score: hit.score,
        path: hit.document.to_string_lossy().into_owned(),
    });
    output::json_line(&All {
        query,
        hits: hits.collect(),
    })
}

fn as_text(hits: &[Hit<PathBuf>]) -> String {
    let mut text = String::new();
    for hit in hits {
        let _ = writeln!(text, "{:6.4}  {}", hit.score, hit.document.display());
    }
    text
}
