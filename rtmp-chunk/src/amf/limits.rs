use crate::ParseError;

/// The bounds of one read of AMF0 or AMF3; past any of them the read ends with
/// [`ParseErrorKind::Limit`](crate::ParseErrorKind::Limit).
///
/// What a read allocates is at most about 500 bytes per node (typically 60) and 3 bytes per byte counted here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many objects and arrays may lie within each other. Default 64; more than
    /// [`Self::DEPTH_CEILING`] has the effect of that, since depth is stack.
    pub max_depth: usize,
    /// How many values, and names of sealed members, all together. Default 65,536.
    pub max_nodes: usize,
    /// How many bytes of strings, names, XML, byte arrays and vectors, all together. Default 16 MiB.
    pub max_bytes: usize,
}

impl Limits {
    /// The defaults, in a constant: for whole messages of peers that may be anyone.
    pub const DEFAULT: Self = Self {
        max_depth: 64,
        max_nodes: 65_536,
        max_bytes: 16 * 1024 * 1024,
    };

    /// For script data in files, where the keyframe index of a day has several hundred thousand numbers:
    /// 4 Mi nodes, 64 MiB.
    pub const FILE: Self = Self {
        max_depth: 64,
        max_nodes: 4 * 1024 * 1024,
        max_bytes: 64 * 1024 * 1024,
    };

    /// For what has been read within other limits before.
    pub(crate) const NONE: Self = Self {
        max_depth: Self::DEPTH_CEILING,
        max_nodes: usize::MAX,
        max_bytes: usize::MAX,
    };

    /// The most that [`Self::max_depth`] can mean.
    pub const DEPTH_CEILING: usize = 256;

    /// These limits with another depth.
    #[must_use]
    pub const fn with_max_depth(mut self, max_depth: usize) -> Self {
        self.max_depth = max_depth;
        self
    }

    /// These limits with another count of values.
    #[must_use]
    pub const fn with_max_nodes(mut self, max_nodes: usize) -> Self {
        self.max_nodes = max_nodes;
        self
    }

    /// These limits with another count of bytes.
    #[must_use]
    pub const fn with_max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What is left of the limits during one read.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    limits: Limits,
    depth_left: usize,
    nodes_left: usize,
    bytes_left: usize,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limits: *limits,
            depth_left: limits.max_depth.min(Limits::DEPTH_CEILING),
            nodes_left: limits.max_nodes,
            bytes_left: limits.max_bytes,
        }
    }

    /// Takes one node.
    #[inline]
    pub(crate) fn node(&mut self, offset: usize) -> Result<(), ParseError> {
        self.nodes(offset, 1)
    }

    #[inline]
    pub(crate) fn nodes(&mut self, offset: usize, count: usize) -> Result<(), ParseError> {
        let Some(left) = self.nodes_left.checked_sub(count) else {
            return Err(ParseError::limit(
                offset,
                "AMF values",
                self.limits.max_nodes,
            ));
        };
        self.nodes_left = left;
        Ok(())
    }

    /// Takes bytes that will be kept.
    #[inline]
    pub(crate) fn bytes(&mut self, offset: usize, count: usize) -> Result<(), ParseError> {
        let Some(left) = self.bytes_left.checked_sub(count) else {
            return Err(ParseError::limit(
                offset,
                "bytes of AMF strings and arrays",
                self.limits.max_bytes,
            ));
        };
        self.bytes_left = left;
        Ok(())
    }

    /// Goes one level down; [`Self::leave`] comes up again.
    #[inline]
    pub(crate) fn enter(&mut self, offset: usize) -> Result<(), ParseError> {
        let Some(left) = self.depth_left.checked_sub(1) else {
            let limit = self.limits.max_depth.min(Limits::DEPTH_CEILING);
            return Err(ParseError::limit(offset, "depth of AMF values", limit));
        };
        self.depth_left = left;
        Ok(())
    }

    #[inline]
    pub(crate) fn leave(&mut self) {
        self.depth_left = self.depth_left.saturating_add(1);
    }
}
