package helenus.spring;

import org.springframework.data.cassandra.core.mapping.UserDefinedType;

@UserDefinedType("address")
public record Address(String street, int zip) {}
