//! Links every wire module of the family without `std`: its own allocator and panic handler would clash with std's,
//! so the build fails as soon as a crate, or a dependency of one, drags `std` in.
#![no_std]

extern crate alloc;

use core::{
    alloc::{GlobalAlloc, Layout},
    cell::UnsafeCell,
    ptr::null_mut,
    sync::atomic::{AtomicUsize, Ordering},
};

const ARENA_BYTES: usize = 1 << 20;

/// Hands out an arena and never takes anything back.
struct Bump {
    arena: UnsafeCell<[u8; ARENA_BYTES]>,
    used: AtomicUsize,
}

// SAFETY: the arena is only handed out in parts that `used` makes disjoint.
unsafe impl Sync for Bump {}

// SAFETY: a part is inside the arena, aligned, and handed out once.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.arena.get().cast::<u8>();
        let mut start = 0;
        let taken = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            let address = (base as usize).checked_add(used)?;
            start = address.checked_next_multiple_of(layout.align())? - base as usize;
            start.checked_add(layout.size()).filter(|end| *end <= ARENA_BYTES)
        });
        match taken {
            Ok(_) => base.wrapping_add(start),
            Err(_) => null_mut(),
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Bump = Bump { arena: UnsafeCell::new([0; ARENA_BYTES]), used: AtomicUsize::new(0) };

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
