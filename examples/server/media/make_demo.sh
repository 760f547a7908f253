#!/usr/bin/env bash
# Makes demo.mp4, the clip that castline-server serves when it is given no folder. Needs ffmpeg with libx264.
# 256 pictures at 25 per second and 480 AAC frames at 48 kHz both last 10.24 s, so that the clip loops without a gap: the
# encoder's priming frame is dropped and there is no edit list;
# constrained baseline with a key frame every second, so that every player (WebRTC too) can join and decode it.
set -euo pipefail
cd "$(dirname "$0")"
ffmpeg -hide_banner -loglevel error -y \
  -f lavfi -i "testsrc2=size=480x270:rate=25:duration=10.24" \
  -f lavfi -i "aevalsrc='0.12*sin(2*PI*t*(330+110*floor(mod(t,4))))*exp(-3*mod(t,1))':s=48000:d=10.24" \
  -c:v libx264 -preset veryslow -profile:v baseline -level 3.0 -pix_fmt yuv420p -bf 0 -g 25 -keyint_min 25 -sc_threshold 0 \
  -b:v 210k -maxrate 260k -bufsize 260k -x264-params "slices=1:threads=1" \
  -c:a aac -b:a 32k -ac 1 -bsf:a 'noise=drop=eq(n\,0)' -avoid_negative_ts make_zero -use_editlist 0 \
  -fflags +bitexact -flags:v +bitexact -flags:a +bitexact -movflags +faststart demo.mp4
ls -l demo.mp4
