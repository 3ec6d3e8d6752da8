//! Each rewrite of the graph optimiser fires on each family that it is for, on no other, and harms none.

mod bundles;
mod check;
mod families;
#[path = "../support/filled.rs"]
mod filled;
#[path = "../support/processor.rs"]
mod processor;
mod programs;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;

use bundles::Bundle;
use glyxel::{models, torch};

/// The only test of this process, since it sets a variable that programs are made by; and all on the test's own thread.
#[test]
fn each_rewrite_fires_on_its_families_and_harms_none() {
    torch::start_compute_thread(torch::Device::Cpu, 1).unwrap();
    // What is left out from outside is left out of all: to see this test fail.
    let given = std::env::var(programs::WITHOUT).unwrap_or_default();
    let (mut seen, mut faults) = (BTreeSet::new(), Vec::new());
    for family in families::FAMILIES {
        let bundle = Bundle::of(family.source);
        faults.extend(check::faults(family, &bundle, &given));
        // Of modules that were traced elsewhere nobody knows what stands where.
        let text = bundle.manifest.text.as_ref();
        let brought = ["export/", "written_out/"]
            .iter()
            .any(|folder| family.source.starts_with(folder));
        assert!(text.is_none_or(|text| text.ragged != brought), "{}", family.source);
        seen.insert(bundle.manifest.architecture);
    }
    let named = [models::text::FAMILIES, models::vision::FAMILIES, models::dual::FAMILIES];
    for family in named.into_iter().flatten() {
        assert!(
            seen.contains(family.model_type),
            "{} is not in the table",
            family.model_type
        );
    }
    for family in models::vision::TIMM {
        // timm's names of these are for the networks that `transformers` names have.
        let seen_as = ["efficientnet_b0", "mobilenetv2_100", "resnet50"].iter();
        let mut known = seen.iter().map(String::as_str).chain(seen_as.copied());
        let any = known.any(|name| family.architectures.contains(&name));
        assert!(any, "{} is not in the table", family.architectures[0]);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
