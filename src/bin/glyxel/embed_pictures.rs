//! `glyxel embed` on pictures: each becomes a vector beside its path.

use glyxel::tasks::embed;

use crate::embed::Arguments;
use crate::failure::{Failure, Outcome};
use crate::pictures::Pictures;

pub fn run(arguments: &Arguments) -> Outcome<()> {
    let (session, sink) = arguments.begin()?;
    let mut pictures = Pictures::find(std::slice::from_ref(&arguments.file), arguments.pictures)?;
    let model = session.load(&arguments.model)?;
    let options = arguments.options();
    // Refuses what the model cannot do even before the first picture is read.
    embed::images(&model, Vec::new(), &options, &session.call())?;
    let dim = if options.dim == 0 { model.dim() } else { options.dim };

    let mut sink = sink(dim)?;
    session.progress().expect(Some(pictures.bytes()));
    while let Some(chunk) = pictures.next(&session, |pictures| {
        let vectors = embed::images(&model, pictures, &options, &session.call())?;
        Ok(vectors.chunks_exact(dim).map(<[f32]>::to_vec).collect())
    })? {
        sink.write(&chunk.results.concat(), |i| {
            let path = chunk.paths.get(i).map(|path| path.to_string_lossy());
            let path = serde_json::to_string(&path.unwrap_or_default());
            let path = path.map_err(|e| Failure::Failed(format!("a path has no JSON: {e}")))?;
            Ok(format!("{{\"path\":{path}"))
        })?;
    }
    session.check()?;
    sink.finish()
}
