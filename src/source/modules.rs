//! `modules.json`: the steps of a sentence-transformers model and where each keeps its files.

use std::path::Path;

use serde_json::Value;

use super::files;
use crate::error::{Error, Result};

/// The class of PyLate that its folders have; what it does is implemented here.
const PYLATE_DENSE: &str = "pylate.models.Dense.Dense";

/// One step of a sentence-transformers model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleEntry {
    /// Its folder, relative to the checkpoint's root; empty for the root itself.
    pub path: String,
    /// Its class without the Python module: `Transformer`, `Pooling`, `Dense`, `Normalize` … (releases moved the modules about).
    pub kind: String,
    /// Its class as written.
    pub full: String,
}

impl ModuleEntry {
    /// Whether it is the model itself, whose folder holds a checkpoint of `transformers`.
    pub fn is_encoder(&self) -> bool {
        matches!(self.kind.as_str(), "Transformer" | "CLIPModel")
    }

    /// Whether it is the projection of a model for late interaction.
    pub fn is_pylate(&self) -> bool {
        self.full == PYLATE_DENSE
    }
}

/// The entries in the order in which they run, which is the file's, as in sentence-transformers itself.
pub fn parse(bytes: &[u8], path: &Path) -> Result<Vec<ModuleEntry>> {
    let bad = |what: &str| Error::BadModel(format!("{}: {what}", path.display()));
    let value = files::json(bytes, path)?;
    let list = value
        .as_array()
        .ok_or_else(|| bad("it should hold a list of modules"))?;
    if list.is_empty() {
        return Err(bad("it lists no modules"));
    }
    let entry = |(index, value): (usize, &Value)| {
        let text = |key: &str| {
            let missing = || bad(&format!("module {index} has no {key:?} that is a string"));
            value
                .get(key)
                .and_then(Value::as_str)
                .map(str::to_owned)
                .ok_or_else(missing)
        };
        let (module_path, full) = (text("path")?, text("type")?);
        files::inside(&module_path, &path.display().to_string())?;
        if !full.starts_with("sentence_transformers.") && full != PYLATE_DENSE {
            return Err(Error::Unsupported(format!(
                "{}: module {index} is of the class {full:?}, code of its own that would have to be run; only the classes of sentence_transformers and PyLate's Dense are supported",
                path.display()
            )));
        }
        let kind = full.rsplit('.').next().unwrap_or_default().to_owned();
        Ok(ModuleEntry {
            path: module_path.trim_matches('/').to_owned(),
            kind,
            full,
        })
    };
    list.iter().enumerate().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(json: &str) -> Result<Vec<ModuleEntry>> {
        parse(json.as_bytes(), Path::new("m/modules.json"))
    }

    #[test]
    fn old_and_new_class_names_mean_the_same() {
        let list = entries(
            r#"[{"idx": 0, "name": "0", "path": "0_Transformer", "type": "sentence_transformers.models.Transformer"},
                {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.sentence_transformer.modules.pooling.Pooling"}]"#,
        );
        let list = list.unwrap();
        assert_eq!(
            (list[0].path.as_str(), list[0].kind.as_str()),
            ("0_Transformer", "Transformer")
        );
        assert_eq!((list[1].path.as_str(), list[1].kind.as_str()), ("1_Pooling", "Pooling"));
    }

    #[test]
    fn of_pylate_the_projection_is_known() {
        let list = entries(r#"[{"path": "1_Dense", "type": "pylate.models.Dense.Dense"}]"#).unwrap();
        assert!(list[0].is_pylate() && list[0].kind == "Dense");
        let other = entries(r#"[{"path": "1_Dense", "type": "pylate.models.Other"}]"#);
        assert!(matches!(other, Err(Error::Unsupported(s)) if s.contains("pylate.models.Other")));
    }

    #[test]
    fn entries_that_leave_the_folder_or_lack_a_field_are_refused() {
        for json in [
            r#"[{"path": "../other", "type": "sentence_transformers.models.Transformer"}]"#,
            r#"[{"path": "/etc", "type": "sentence_transformers.models.Transformer"}]"#,
            r#"[{"path": ""}]"#,
            r#"[{"path": 1, "type": "sentence_transformers.models.Transformer"}]"#,
            "[1]",
            "[]",
            "{}",
        ] {
            assert!(
                matches!(entries(json), Err(Error::BadModel(s)) if s.contains("modules.json")),
                "{json}"
            );
        }
        let foreign = entries(r#"[{"path": "", "type": "custom_st.Transformer"}]"#);
        assert!(matches!(foreign, Err(Error::Unsupported(s)) if s.contains("custom_st")));
    }
}
