-- Where inflation of a .nii.gz can begin, and which input each slab (the voxels of one k) needs.

CREATE TABLE slabs (
  volume_id INTEGER PRIMARY KEY REFERENCES volumes (id) ON DELETE CASCADE,
  ends      BLOB,                 -- float64 little-endian per half of a slab: input bytes that suffice to inflate up to its end; null for .nii
  crcs      BLOB NOT NULL         -- uint32 little-endian per half of a slab: CRC-32 of its stored bytes
);

CREATE TABLE access_points (
  id         INTEGER PRIMARY KEY,
  volume_id  INTEGER NOT NULL REFERENCES volumes (id) ON DELETE CASCADE,
  out_offset INTEGER NOT NULL,    -- bytes of the uncompressed stream before the point
  in_offset  INTEGER NOT NULL,    -- the file's byte that holds the point's first bit
  bit        INTEGER NOT NULL CHECK (bit BETWEEN 0 AND 7),
  history    BLOB NOT NULL        -- up to 32 KiB of output before the point, deflated; empty at a member's start
);
CREATE INDEX access_points_of_volume ON access_points (volume_id, out_offset);
