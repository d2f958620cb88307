//! Deltas: an object as pieces of another one and new bytes.

/// The sizes before and after, which come first.
pub(super) fn sizes(delta: &mut &[u8]) -> Result<(u64, u64), String> {
    Ok((size(delta)?, size(delta)?))
}

/// The object that a delta makes of its base. It is as large as the delta says, or an error.
pub(super) fn apply(base: &[u8], mut delta: &[u8], largest: u64) -> Result<Vec<u8>, String> {
    let (before, after) = sizes(&mut delta)?;
    if before != base.len() as u64 {
        return Err("its delta belongs to another object".to_string());
    }
    if after > largest {
        return Err(format!("it has {after} bytes; more than {largest} are not read"));
    }
    let mut object = Vec::with_capacity(after as usize);
    while let Some((code, rest)) = delta.split_first() {
        delta = rest;
        let piece = match code {
            0 => None,
            1..=0x7f => delta.split_at_checked(usize::from(*code)).map(|(new, rest)| {
                delta = rest;
                new
            }),
            0x80.. => {
                let start = number(*code, 4, &mut delta)?;
                let length = match number(*code >> 4, 3, &mut delta)? {
                    0 => 0x1_0000,
                    length => length,
                };
                base.get(start..start + length)
            }
        };
        let piece = piece.ok_or("its delta is damaged")?;
        if object.len() + piece.len() > after as usize {
            return Err("its delta makes more than it says".to_string());
        }
        object.extend_from_slice(piece);
    }
    match object.len() as u64 == after {
        true => Ok(object),
        false => Err("its delta makes less than it says".to_string()),
    }
}

/// A number of which only the bytes that are not zero are there, as the bits say; the lowest first.
fn number(bits: u8, most: u32, delta: &mut &[u8]) -> Result<usize, String> {
    let mut number = 0;
    for at in (0..most).filter(|at| bits & (1 << at) != 0) {
        let (byte, rest) = delta.split_first().ok_or("its delta is cut short")?;
        number |= usize::from(*byte) << (8 * at);
        *delta = rest;
    }
    Ok(number)
}

/// A number of seven bits a byte, the lowest first.
pub(super) fn size(bytes: &mut &[u8]) -> Result<u64, String> {
    let mut size: u64 = 0;
    for at in 0..9 {
        let (byte, rest) = bytes.split_first().ok_or("it is cut short")?;
        *bytes = rest;
        size |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok(size);
        }
    }
    Err("its size is damaged".to_string())
}
