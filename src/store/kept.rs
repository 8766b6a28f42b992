//! Results of this run's tasks, kept in memory while there is room: most are read again soon, some several times.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;

/// Bytes that are kept at most, whatever the size of the province.
const ROOM: usize = 512 << 20;

/// A result, until it has to make room.
#[derive(Debug, Clone, Default)]
pub struct Slot(Arc<Mutex<Option<RecordBatch>>>);

impl Slot {
    /// The result, if it is still here.
    pub fn get(&self) -> Option<RecordBatch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn put(&self, batch: Option<RecordBatch>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = batch;
    }
}

/// What is kept, oldest first: that makes room.
#[derive(Debug, Clone)]
pub struct Kept {
    room: usize,
    queue: Arc<Mutex<Queue>>,
}

#[derive(Debug, Default)]
struct Queue {
    bytes: usize,
    slots: VecDeque<(Slot, usize)>,
}

impl Default for Kept {
    fn default() -> Self {
        Self::with_room(ROOM)
    }
}

impl Kept {
    fn with_room(room: usize) -> Self {
        Self { room, queue: Arc::default() }
    }

    /// Keeps a result for as long as there is room for it.
    pub fn keep(&self, batch: &RecordBatch) -> Slot {
        let (slot, size) = (Slot::default(), batch.get_array_memory_size());
        if size > self.room {
            return slot;
        }
        slot.put(Some(batch.clone()));
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.slots.push_back((slot.clone(), size));
        queue.bytes += size;
        while queue.bytes > self.room
            && let Some((oldest, size)) = queue.slots.pop_front()
        {
            oldest.put(None);
            queue.bytes -= size;
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array};

    use super::*;

    #[test]
    fn the_oldest_make_room() {
        let batch = |rows| {
            let column: ArrayRef = Arc::new(Int64Array::from(vec![1; rows]));
            RecordBatch::try_from_iter([("n", column)]).unwrap()
        };
        let kept = Kept::with_room(batch(100).get_array_memory_size() * 2);
        let slots: Vec<Slot> = [100, 100, 50].map(|rows| kept.keep(&batch(rows))).into();
        let rows = |slot: &Slot| slot.get().map(|batch| batch.num_rows());
        assert_eq!(slots.iter().map(rows).collect::<Vec<_>>(), [None, Some(100), Some(50)]);
        assert_eq!((rows(&kept.keep(&batch(1_000))), rows(&slots[1])), (None, Some(100)));
    }
}
