//! Names that are there without a definition in the repository.

use crate::symbols::language::Family;

/// Names that every module of Python has, and that others may hide.
const BUILT_IN: &str = "abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile \
    complex copyright credits delattr dict dir divmod enumerate eval exec exit filter float format \
    frozenset getattr globals hasattr hash help hex id input int isinstance issubclass iter len license \
    list locals map max memoryview min next object oct open ord pow print property quit range repr \
    reversed round set setattr slice sorted staticmethod str sum super tuple type";

/// Methods that every type of Java has, or every enumeration.
const OF_ANY_OBJECT: &str = "clone compareTo equals finalize getClass getDeclaringClass hashCode name notify ordinal toString \
    valueOf values wait";

/// Methods that every type of .NET has, or every enumeration, delegate or collection.
const OF_DOTNET: &str = "Add Aggregate All Any Append Average BeginInvoke Cast Clear Clone Close Combine Compare CompareTo Concat \
    Contains ContainsKey CopyTo Count Create Deconstruct Dispose DisposeAsync EndInvoke EndsWith Equals Except Exists Finalize Find \
    First FirstOrDefault Flush ForEach Format GetAwaiter GetEnumerator GetHashCode GetType GetValueOrDefault GroupBy HasFlag HasValue \
    IndexOf Insert Intersect Invoke IsNullOrEmpty Item Join Key Keys Last LastOrDefault Length Max MemberwiseClone Min MoveNext Name Now \
    OrderBy Parse Peek Pop Print PrintMembers Push Read ReferenceEquals Remove RemoveAt Replace Reset Result Reverse Select SelectMany \
    SequenceEqual Single SingleOrDefault Skip Sort Split Start StartsWith Stop Substring Sum Take ToArray ToDictionary ToHashSet ToList \
    ToString Trim TryAdd TryGetValue TryParse Union Value Values Wait Where Write WriteLine Zip";

fn lists(names: &str, name: &str) -> bool {
    names.split(' ').any(|one| one == name)
}

/// Whether every module of Python has a name.
pub(super) fn is_built_in(name: &str) -> bool {
    lists(BUILT_IN, name)
}

/// Whether a type that others define has no members.
pub(super) fn is_without_members(family: Family, name: &str) -> bool {
    family == Family::Java && matches!(name, "Cloneable" | "RandomAccess" | "Serializable")
}

/// Whether every type has a member of a name.
pub(super) fn is_of_any_type(family: Family, name: &str) -> bool {
    match family {
        Family::Java => lists(OF_ANY_OBJECT, name),
        Family::CSharp => lists(OF_DOTNET, name),
        Family::Python | Family::Php => name.starts_with("__"),
        Family::Rust | Family::Go | Family::Ecma | Family::C | Family::Ruby => false,
    }
}
