package rules

const domainNameType = "AWS::ApiGatewayV2::DomainName"
