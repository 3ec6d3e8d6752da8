//! Decoding that nobody wants any more.

use glyxel::error::Error;
use glyxel::image::{Limits, Picture};
use glyxel::Control;

use crate::support::files;

/// It is while they read and decode that decoders look at the call, so each stops in the middle as it does here.
#[test]
fn every_decoder_stops() {
    let (control, timed) = (Control::new(), Control::new());
    let cancelled = control.call();
    control.cancel();
    timed.set_timeout(1);
    let late = timed.call();
    while late.check().is_ok() {
        std::thread::yield_now();
    }
    for (name, file) in files() {
        let decode = |call| Picture::Encoded(file.clone()).into_rgb(&Limits::default(), call);
        let (cancelled, late) = (decode(&cancelled), decode(&late));
        assert!(matches!(cancelled, Err(Error::Cancelled(_))), "{name}: {cancelled:?}");
        assert!(matches!(late, Err(Error::Timeout(_))), "{name}: {late:?}");
    }
}
