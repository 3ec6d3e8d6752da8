//! Handles that are keys into a table, not addresses: freed twice, freed during a call or made up, they are an error, never
//! a crash. A key is never given out twice, and never is a valid address on a 64-bit processor, so that a stranger's
//! pointer is no key and a key that is followed all the same fails at once.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};

use crate::error::{Error, Result};
use crate::log;

/// What stands in a key's top byte. Of the bytes that an address may have there (all bits equal), none is among them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Model = 0x61,
    Control = 0x62,
    Options = 0x63,
    Predictions = 0x64,
    Pairs = 0x65,
    Centroids = 0x66,
    Tokens = 0x67,
}

const KINDS: [Kind; 7] = [
    Kind::Model,
    Kind::Control,
    Kind::Options,
    Kind::Predictions,
    Kind::Pairs,
    Kind::Centroids,
    Kind::Tokens,
];
const TAG_SHIFT: u32 = usize::BITS - 8;
const _: () = assert!(usize::BITS == 64, "the keys need 64-bit pointers");

/// The living handles of one kind.
pub(super) struct Table<T> {
    kind: Kind,
    entries: RwLock<BTreeMap<usize, Arc<T>>>,
    issued: AtomicUsize,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Model => "model",
            Kind::Control => "control",
            Kind::Options => "options",
            Kind::Predictions => "predictions",
            Kind::Pairs => "pairs",
            Kind::Centroids => "centroids",
            Kind::Tokens => "tokens",
        }
    }
}

impl<T> Table<T> {
    pub(super) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            entries: RwLock::new(BTreeMap::new()),
            issued: AtomicUsize::new(0),
        }
    }

    /// Takes `value` in and gives its key, as a pointer to nothing.
    pub(super) fn insert<H>(&self, value: T) -> *mut H {
        let serial = self.issued.fetch_add(1, Ordering::Relaxed) + 1;
        let key = (self.kind as usize) << TAG_SHIFT | serial;
        self.entries
            .write()
            .unwrap_or_else(|e| e.into_inner())
            .insert(key, Arc::new(value));
        std::ptr::without_provenance_mut(key)
    }

    /// What the handle stands for; it stays alive as long as the caller holds it, whoever frees the handle meanwhile.
    pub(super) fn get<H>(&self, handle: *const H) -> Result<Arc<T>> {
        let found = self
            .entries
            .read()
            .unwrap_or_else(|e| e.into_inner())
            .get(&handle.addr())
            .cloned();
        found.ok_or_else(|| self.unknown(handle.cast()))
    }

    /// The same where NULL is allowed.
    pub(super) fn get_or_none<H>(&self, handle: *const H) -> Result<Option<Arc<T>>> {
        if handle.is_null() {
            return Ok(None);
        }
        self.get(handle).map(Some)
    }

    /// Forgets the handle. NULL is nothing, and a handle that is unknown can only be complained of in the log.
    pub(super) fn remove<H>(&self, handle: *const H) {
        if handle.is_null() {
            return;
        }
        let removed = self
            .entries
            .write()
            .unwrap_or_else(|e| e.into_inner())
            .remove(&handle.addr());
        // Dropped here, after the lock: freeing a model takes a while.
        if removed.is_none() {
            log::emit(log::Level::Warn, || self.unknown(handle.cast()).to_string());
        }
    }

    fn unknown(&self, handle: *const c_void) -> Error {
        let name = self.kind.name();
        if handle.is_null() {
            return Error::InvalidArgument(format!("the {name} handle is NULL; pass one that glyxel gave out"));
        }
        let (tag, serial) = (handle.addr() >> TAG_SHIFT, handle.addr() & ((1 << TAG_SHIFT) - 1));
        let why = match KINDS.iter().find(|kind| **kind as usize == tag) {
            Some(kind) if *kind != self.kind => format!("it is a handle of another kind ({})", kind.name()),
            Some(_) if (1..=self.issued.load(Ordering::Relaxed)).contains(&serial) => "it was freed before".to_owned(),
            _ => "it never came from this library".to_owned(),
        };
        Error::InvalidHandle(format!("{handle:p} is not a valid {name} handle: {why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Handle = *mut u8;

    #[test]
    fn keys_are_never_reused_and_never_addresses() {
        let table = Table::new(Kind::Control);
        let first: Handle = table.insert(1);
        let held = table.get(first).unwrap();
        table.remove(first);
        let second: Handle = table.insert(2);
        assert_ne!(first, second);
        assert_eq!((*held, *table.get(second).unwrap()), (1, 2));
        let top = second.addr() >> 56;
        assert!(top != 0 && top != 0xff);
    }

    #[test]
    fn what_is_wrong_with_a_handle_is_said() {
        let table = Table::new(Kind::Model);
        let freed: Handle = table.insert(());
        table.remove(freed);
        table.remove(freed);
        table.remove(std::ptr::null::<u8>());
        let sentence = |handle: Handle| match table.get(handle) {
            Err(Error::InvalidHandle(sentence)) => sentence,
            other => panic!("{other:?}"),
        };
        assert!(sentence(freed).contains("freed before"));
        assert!(sentence(std::ptr::dangling_mut()).contains("never came from this library"));
        assert!(sentence(std::ptr::without_provenance_mut(freed.addr() + 1)).contains("never came from this library"));
        let foreign: Handle = Table::new(Kind::Options).insert(());
        assert!(sentence(foreign).contains("another kind (options)"));
        assert!(matches!(
            table.get(std::ptr::null::<u8>()),
            Err(Error::InvalidArgument(_))
        ));
        assert!(table.get_or_none(std::ptr::null::<u8>()).unwrap().is_none());
    }
}
