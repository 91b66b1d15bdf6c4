"""What every request passes: bad input, limits of uploads, language, request ids, headers, compression."""
